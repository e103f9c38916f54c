"""Ask one other library, in the interpreter that has it: texts in, divisions and times out.

Run by :mod:`tests.benchmarks.addresses` as ``PYTHON peer.py NAME`` with a JSON list of texts on
standard input; imports nothing but the library asked, so that it runs in any environment.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Triple = tuple[str | None, str | None, str | None]


def _cpca() -> Callable[[str], Triple]:
    import cpca  # type: ignore[import-not-found] # lives in the peers' own environment

    def ask(text: str) -> Triple:
        return tuple(cpca.transform([text]).iloc[0, :3])

    return ask


def _addressparser() -> Callable[[str], Triple]:
    import addressparser  # type: ignore[import-not-found] # likewise

    def ask(text: str) -> Triple:
        return tuple(addressparser.transform([text]).iloc[0, :3])

    return ask


def _jionlp() -> Callable[[str], Triple]:
    import jionlp  # type: ignore[import-not-found] # likewise

    def ask(text: str) -> Triple:
        found = jionlp.parse_location(text)
        return found["province"], found["city"], found["county"]

    return ask


def _ours() -> Callable[[str], Triple]:
    from features.address.resolve import prepare, resolve

    prepare()

    def ask(text: str) -> Triple:
        found = resolve(text)
        return found.province, found.city, found.district

    return ask


OURS = "order intelligence"
LIBRARIES = {OURS: _ours, "cpca": _cpca, "addressparser": _addressparser, "jionlp": _jionlp}


def _tidy(triple: Triple) -> Triple:
    """Write a peer's divisions as ours are: a municipality is its own city, unknown is None."""
    province, city, county = (v if isinstance(v, str) and v else None for v in triple)
    if province is None:
        return None, None, None
    if province.endswith("市") or province in {"香港特别行政区", "澳门特别行政区"}:
        city = province
    elif county and (city is None or "直辖" in city):
        city = county
    return province, city, county


def main(name: str) -> None:
    """Answer all texts with one library; one that fails on a text has no answer for it."""
    warnings.simplefilter("ignore")
    texts = json.load(sys.stdin)
    begin = time.process_time()
    ask = LIBRARIES[name]()
    ask("上海市浦东新区世纪大道1号")
    started = time.process_time() - begin
    answers, micros = [], []
    for text in texts:
        begin = time.process_time()
        try:
            answer: Triple = ask(text)
        except Exception:  # noqa: BLE001 a peer may fail in any way it likes
            answer = (None, None, None)
        micros.append(1e6 * (time.process_time() - begin))
        answers.append(_tidy(answer))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"answers": answers, "micros": micros, "start_s": started, "peak_mb": peak_mb}
    sys.stdout.write("\n" + json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1])
