"""Takes typed keys from a located document; what does not fit is noted and read on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from models.policy.rules.faults import hints

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.yaml_tree import Path
    from models.policy.rules.located import Located


class Keys:
    """One set of keys and values, from which keys are taken; what is left over is a mistake.

    Parameters
    ----------
    located
        The document; faults are noted there.
    path
        Where the set stands.
    value
        What stands there.
    known
        Every key that may stand there.

    Examples
    --------
    >>> from models.policy.rules.located import locate
    >>> located = locate("{action: hold, points: high}")
    >>> keys = Keys(located, (), located.value, ("action", "points", "tags"))
    >>> keys.one_of("action", ("hold", "release")), keys.number("points"), keys.texts("tags")
    ('hold', None, ())
    >>> [(fault.code, fault.pointer) for fault in located.faults]
    [('not_number', '/points')]
    """

    def __init__(self, located: Located, path: Path, value: Any, known: Iterable[str]) -> None:
        self._located = located
        self.path = path
        self.is_keys = isinstance(value, dict)
        self._found: dict[str, Any] = value if isinstance(value, dict) else {}
        if not self.is_keys:
            located.fault(path, "not_keys")
        allowed = tuple(known)
        for key in self._found:
            if key not in allowed:
                words = hints(key, allowed)
                if not words["hint"]:
                    words = {"hint": f"; known: {', '.join(allowed)}"}
                    words["hint_zh"] = f"；可用：{'、'.join(allowed)}"
                self.fault((key,), "unknown_key", key=key, **words)

    def fault(self, rest: Path, code: str, **words: Any) -> None:
        """Note a fault of a key or of something in it."""
        self._located.fault((*self.path, *rest), code, **words)

    def has(self, key: str) -> bool:
        """Tell whether a key stands there with a value."""
        return self._found.get(key) is not None

    def take(self, key: str, *, required: bool = False) -> Any:
        """Take a value of any form; None when it is absent."""
        value = self._found.get(key)
        if value is None and required and self.is_keys:
            self.fault((), "missing", key=key)
        return value

    def text(self, key: str, *, required: bool = False, most: int = 500) -> str | None:
        """Take a text."""
        value = self.take(key, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fault((key,), "not_text")
            return None
        if not value.strip():
            self.fault((key,), "empty")
            return None
        if len(value) > most:
            self.fault((key,), "too_long", most=most)
        return value

    def number(self, key: str) -> float | None:
        """Take a finite number."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault((key,), "not_number")
            return None
        if not math.isfinite(value):
            self.fault((key,), "not_finite")
            return None
        return float(value)

    def one_of(self, key: str, known: Iterable[str]) -> str | None:
        """Take one of a few words."""
        value = self.take(key)
        if value is None:
            return None
        words = tuple(known)
        if value not in words:
            self.fault((key,), "not_one_of", given=value, known=", ".join(words),
                       **hints(value, words))  # fmt: skip
            return None
        return str(value)

    def texts(self, key: str, *, most: int = 1000) -> tuple[str, ...]:
        """Take a text or a list of texts."""
        value = self.take(key)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        if not items:
            self.fault((key,), "no_values")
        if len(items) > most:
            self.fault((key,), "too_many", most=most)
        for index, item in enumerate(items):
            if not isinstance(item, str) or not item:
                self.fault((key, index) if isinstance(value, list) else (key,), "not_text")
        return tuple(str(item) for item in items)

    def listed(self, key: str, *, required: bool = False, most: int = 1000) -> list[Any]:
        """Take a list."""
        value = self.take(key, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault((key,), "not_list")
            return []
        if len(value) > most:
            self.fault((key,), "too_many", most=most)
        return value[:most]
