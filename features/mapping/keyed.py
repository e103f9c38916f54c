"""Keys of a mapping document, taken one by one; what nobody takes is a mistake."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from features.mapping.durations import duration

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from features.mapping.yaml_text import Located
    from features.yaml_tree import Path

MAX_SHOWN: Final = 40
"""Characters of a wrong value that a message shows."""


IN_SHANGHAI: Final = frozenset(("beijing", "asia/beijing", "china", "cst", "北京", "北京时间"))
"""How people call the zone that the tz database names after Shanghai."""


class Reader:
    r"""One mapping of the document, from which keys are taken; what is left over is a mistake.

    Examples
    --------
    >>> from features.mapping.yaml_text import parse
    >>> document = parse("file: a.csv\nskip: 2\nzone: CET", "shop.yaml")
    >>> reader = Reader(document, (), document.value)
    >>> reader.text("file", required=True), reader.count("skip", 0, "rows"), reader.flag("gzip")
    ('a.csv', 2, False)
    >>> reader.done()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    features.errors.MappingError: shop.yaml, line 3, zone: is not a key of this place; ...
    """

    def __init__(self, document: Located, path: Path, value: Any) -> None:
        self.document = document
        self.path = path
        if not isinstance(value, dict):
            raise document.error(path, f"must be a set of keys and values, not {_kind(value)}")
        self._left: dict[str, Any] = dict(value)
        self._known: list[str] = []

    def take(self, key: str, default: Any = None, *, required: bool = False) -> Any:
        """Take a key of any form."""
        self._known.append(key)
        if key not in self._left:
            if required:
                wrong = get_close_matches(key, self._left, n=1)
                instead = f" in place of `{wrong[0]}`" if wrong else ""
                raise self.error(key, f"is missing: write `{key}: …`{instead}")
            return default
        return self._left.pop(key)

    def text(self, key: str, default: str | None = None, *, required: bool = False) -> Any:
        """Take a key whose value is text (a bare number counts as its text)."""
        value = self.take(key, default, required=required)
        if (required and value == "") or (value is None and (required or default is not None)):
            raise self.error(key, "is empty")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if value is not None and not isinstance(value, str):
            raise self.error(key, f"must be text, not {_kind(value)}")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Take a key that is true or false."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {_kind(value)}")
        return value

    def count(self, key: str, least: int, of_what: str) -> int:
        """Take a key that is a whole number, at least the one it has when it is not there."""
        value = self.take(key, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.error(key, f"must be the number of {of_what}, {least} or more")
        return value

    def one_of(self, key: str, values: Iterable[str], default: str | None = None) -> str:
        """Take a key whose value is one of a few words."""
        value: str = self.text(key, default, required=default is None)
        known = tuple(values)
        if value not in known:
            raise self.error(key, f"{value!r} is not one of {', '.join(known)}{near(value, known)}")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """Take a key that is one text or a list of texts."""
        value = self.take(key, [])
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str | int | float) for item in items):
            raise self.error(key, "must be a text or a list of texts")
        return tuple(str(item) for item in items)

    def keyed(self, key: str) -> dict[str, Any]:
        """Take a key whose value is a set of keys and values."""
        value = self.take(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error(key, f"must be a set of keys and values, not {_kind(value)}")
        return value

    def listed(self, key: str) -> list[Any]:
        """Take a key that is a list, or one item of it."""
        value = self.take(key, [])
        return value if isinstance(value, list) else [value]

    def time(self, key: str, default: str | None = None) -> timedelta:
        """Take a key that is a fixed length of time."""
        value = self.take(key, default, required=default is None)
        try:
            return duration(value)
        except ValueError as error:
            raise self.error(key, str(error)) from None

    def error(self, key: str, problem: str) -> Exception:
        """Build the error of one key."""
        return self.document.error((*self.path, key), problem)

    def done(self) -> None:
        """Refuse what no one took."""
        for key in self._left:
            known = ", ".join(sorted(self._known))
            raise self.error(key, f"is not a key of this place{near(key, self._known, known)}")


def near(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Suggest the words that look like this one.

    Examples
    --------
    >>> near("order_dat", ["order_date", "price"])
    "; did you mean 'order_date'?"
    """
    found = get_close_matches(word, list(known), n=3, cutoff=0.5)
    if found:
        return f"; did you mean {' or '.join(repr(item) for item in found)}?"
    return f"; known: {otherwise}" if otherwise else ""


def _kind(value: Any) -> str:
    names = {dict: "a set of keys and values", list: "a list", type(None): "nothing"}
    shown = repr(value)
    return names.get(type(value), shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…")


def check_zone(document: Located, path: Path, name: str) -> None:
    """Refuse a time zone that the tz database does not have."""
    from zoneinfo import available_timezones

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        hint = "; write an IANA name such as Asia/Shanghai"
        if name.casefold() not in IN_SHANGHAI:
            hint = near(name, available_timezones()) or hint
        raise document.error(path, f"{name!r} is not a known time zone{hint}") from None
