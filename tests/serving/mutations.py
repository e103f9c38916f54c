"""Bodies that are almost well formed: what clients with a fault in them send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

STRANGE: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 0.1, 1e308, "", " ", "0", "null",
    "\x00", "\ud83d\ude00", "a" * 5000, "1970-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00",
    "2026-02-30",
    "0001-01-01T00:00:00-23:59", "CNY", "../../etc/passwd", "\u202e", [], {}, [[]],
    [None], {"": None},
)  # fmt: skip
"""Values that stand where others should."""

RAW: Final = (b"", b"null", b"[]", b"{", b"\xff\xfe", b"NaN", b'{"a":1,"a":2}', b"[" * 2000)
"""Bodies that are no orders at all."""


def mutated(document: dict[str, Any], chance: random.Random) -> bytes:
    """Change a body in one to three places, or damage its text.

    Parameters
    ----------
    document
        A well-formed body; stays as it is.
    chance
        Decides.
    """
    if chance.random() < 0.05:
        return chance.choice(RAW)
    changed = json.loads(json.dumps(document))
    for _ in range(chance.randint(1, 3)):
        places = list(_places(changed))
        if not places:
            break
        parent, key = chance.choice(places)
        chance.choice(ACTS)(parent, key, chance)
    text = json.dumps(changed, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        at = chance.randrange(len(text))
        return text[:at] + bytes([chance.randrange(256)]) + text[at + chance.randint(0, 5) :]
    return text


def _places(value: Any) -> Any:
    """Give every place of a document, as what holds it and its key."""
    keys: Any = value if isinstance(value, dict) else range(len(value)) if _is_list(value) else ()
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _replace(parent: Any, key: Any, chance: random.Random) -> None:
    parent[key] = chance.choice(STRANGE)


def _drop(parent: Any, key: Any, _chance: random.Random) -> None:
    del parent[key]


def _wrap(parent: Any, key: Any, _chance: random.Random) -> None:
    parent[key] = [parent[key]]


def _double(parent: Any, key: Any, _chance: random.Random) -> None:
    if isinstance(parent, list):
        parent.append(parent[key])
    else:
        parent[f"{key}_"] = parent[key]


def _as_text(parent: Any, key: Any, _chance: random.Random) -> None:
    parent[key] = json.dumps(parent[key])


ACTS: Final[tuple[Callable[[Any, Any, random.Random], None], ...]] = (
    _replace, _replace, _drop, _wrap, _double, _as_text,
)  # fmt: skip
