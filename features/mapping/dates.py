"""Modifiers of an expression that concern moments: formats, zones, ends of days, offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from features.durations import SECOND_US
from features.mapping.durations import UNITS, duration
from features.mapping.keyed import check_zone
from features.mapping.scope import literal

if TYPE_CHECKING:
    from features.mapping.terms import Compiling
    from features.yaml_tree import Path

ZONED: Final = re.compile("%[zZ]")
"""The parts of a format that read a time zone."""

EPOCHS: Final = {"epoch_s": SECOND_US, "epoch_ms": 1_000, "epoch_us": 1}
"""Format word to microseconds in one unit."""


@dataclass(frozen=True, slots=True)
class DateOptions:
    """How a moment is read and moved.

    Parameters
    ----------
    zone
        Time zone of moments that name none.
    formats
        ``strptime`` formats to try in turn; ISO 8601 when empty.
    epoch
        Unit of a moment counted from 1970, or empty.
    edge
        ``start_of_day``, ``end_of_day`` or empty.
    added
        SQL that is appended to add a length of time.
    """

    zone: str
    formats: tuple[str, ...]
    epoch: str
    edge: str
    added: str

    @property
    def moves_days(self) -> bool:
        """Whether the local day matters, so that an instant must become local first."""
        return bool(self.edge)

    def read(self, base: str, kind: str) -> tuple[str, str]:
        """Read text or a count as a local timestamp or an instant."""
        if self.epoch:
            number = f"TRY_CAST({base} AS DECIMAL(28,6))"
            micros = f"CAST({number} * {EPOCHS[self.epoch]} AS BIGINT)"
            return f"timezone('UTC', make_timestamp({micros}))", "instant"
        if kind != "text":
            return base, kind
        zone = literal(self.zone)
        if not self.formats:
            return f"instant_of_text(zone_as_offset(narrow({base})), {zone})", "instant"
        zoned = [item for item in self.formats if ZONED.search(item)]
        local = [item for item in self.formats if item not in zoned]
        base = f"narrow({base})"
        read = [_with_zone(base, zoned)] if zoned else []
        if local:
            moment = _parsed(base, local)
            read.append(f"timezone({zone}, {moment})" if zoned else moment)
        return f"coalesce({', '.join(read)})", "instant" if zoned else "local"

    def moved(self, local: str) -> str:
        """Go to the edge of the day and add the length of time."""
        return (f"{self.edge}({local})" if self.edge else local) + self.added


def _with_zone(base: str, formats: list[str]) -> str:
    """Read moments that name their zone, by its offset where a word means one."""
    offsets = [item.replace("%Z", "%z") for item in formats]
    return f"coalesce({_parsed(f'zone_as_offset({base})', offsets)}, {_parsed(base, formats)})"


def _parsed(base: str, formats: list[str]) -> str:
    return f"try_strptime({base}, [{', '.join(literal(item) for item in formats)}])"


def date_options(compiler: Compiling, options: dict[str, Any], path: Path) -> DateOptions:
    """Read the date modifiers of an expression."""
    document = compiler.scope.document
    zone = options.get("zone", compiler.scope.zone)
    if "zone" in options:
        check_zone(document, (*path, "zone"), str(zone))
    given = options.get("format", [])
    formats = tuple(str(item) for item in (given if isinstance(given, list) else [given]))
    epoch = formats[0] if formats and formats[0] in EPOCHS else ""
    for item in formats:
        if "%" not in item and item not in EPOCHS:
            words = ", ".join(EPOCHS)
            raise document.error(
                (*path, "format"), f"{item!r} is not a pattern such as %d.%m.%Y, nor {words}"
            )
    edges = [edge for edge in ("start_of_day", "end_of_day") if options.get(edge)]
    if len(edges) > 1:
        raise document.error(path, "has both start_of_day and end_of_day; keep one")
    return DateOptions(
        zone=str(zone),
        formats=() if epoch else formats,
        epoch=epoch,
        edge=edges[0] if edges else "",
        added=add_sql(compiler, options["add"], (*path, "add")) if "add" in options else "",
    )


def add_sql(compiler: Compiling, value: Any, path: Path) -> str:
    """Write the addition of a length of time, fixed (``2 days``) or computed (``{days: x}``)."""
    if not isinstance(value, dict):
        try:
            seconds = duration(value).total_seconds()
        except ValueError as error:
            raise compiler.error(path, str(error)) from None
        return f" + to_microseconds({round(seconds * SECOND_US)})"
    parts = ""
    for unit, amount in value.items():
        if unit not in UNITS:
            raise compiler.error((*path, unit), f"is not one of {', '.join(UNITS)}")
        number = compiler.sql(amount, "float", (*path, unit))
        seconds_each = duration(f"1 {unit}").total_seconds()
        parts += f" + to_microseconds(CAST(round({number} * {seconds_each * SECOND_US}) AS BIGINT))"
    return parts
