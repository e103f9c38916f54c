"""Patterns of text: RE2, which takes time in proportion to the text whatever the pattern says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def fault_of_pattern(pattern: str) -> str | None:
    """Say why a pattern cannot be read, or None when it can.

    Examples
    --------
    >>> fault_of_pattern("(没发货|not shipped)") is None, fault_of_pattern("(a")
    (True, 'missing ): (a')
    """
    import pyarrow as pa

    try:
        is_match("", pattern)
    except pa.ArrowInvalid as error:
        return str(error).partition("Invalid regular expression: ")[2].replace("(?i)", "")
    return None


def is_match(text: str, pattern: str) -> bool:
    """Tell whether a pattern is found anywhere in a text, in any case of letters.

    Examples
    --------
    >>> is_match("Wrong address!", "wrong (address|size)"), is_match("fine", "wrong")
    (True, False)
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # An array made from what Python holds would load pandas, which a service does without.
    content = text.encode()
    ends = np.array([0, len(content)], np.int32)
    one = pa.StringArray.from_buffers(1, pa.py_buffer(ends), pa.py_buffer(content))
    return bool(pc.match_substring_regex(one, _whole(pattern))[0].as_py())


def matches(texts: Sequence[str], pattern: str) -> NDArray[np.bool_]:
    """Tell for each text whether a pattern is found anywhere in it, in any case of letters.

    Examples
    --------
    >>> matches(["Wrong address!", "fine"], "wrong (address|size)").tolist()
    [True, False]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(pa.array(texts, pa.string()), _whole(pattern))
    result: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
    return result


def _whole(pattern: str) -> str:
    return f"(?i){pattern}"
