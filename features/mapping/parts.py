"""The parts of a mapping document, as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import timedelta
    from decimal import Decimal

    from features.mapping.yaml_text import Located
    from features.yaml_tree import Path


@dataclass(frozen=True)
class FileSpec:
    """One named source: files of one form under a glob."""

    name: str
    paths: tuple[str, ...]
    form: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    sheet: str | int = 0
    skip: int = 0
    header_rows: int = 1
    fill_down: tuple[str, ...] = ()
    short_lines: str = "leave_out"
    each: str | None = None
    nulls: tuple[str, ...] = ()
    latest_by: tuple[str, ...] = ()
    path: Path = ()


@dataclass(frozen=True)
class Leave:
    """Rows to leave out, and why."""

    when: Any
    because: str
    path: Path


@dataclass(frozen=True)
class Join:
    """Columns of another view beside those of this one; at most one row of it for each row."""

    view: str
    alias: str
    on: tuple[tuple[str, str], ...]
    at_or_below: tuple[str, str] | None
    path: Path


@dataclass(frozen=True)
class View:
    """Rows made from other rows: joined, thinned, with computed columns, grouped."""

    name: str
    source: str
    joins: tuple[Join, ...] = ()
    only: Any = None
    leave_out: tuple[Leave, ...] = ()
    add: dict[str, Any] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    columns: dict[str, Any] = field(default_factory=dict)
    path: Path = ()


@dataclass(frozen=True)
class Attribute:
    """An own column of the merchant: its type and where its value comes from."""

    kind: str
    value: Any


@dataclass(frozen=True)
class Section:
    """How the rows of one canonical table come from one view."""

    table: str
    source: str
    columns: dict[str, Any]
    attributes: dict[str, Attribute]
    entities: dict[str, Any]
    leave_out: tuple[Leave, ...]
    keep_without_lines: bool
    path: Path
    address: dict[str, Any] = field(default_factory=dict)
    datum: str = "wgs84"


@dataclass(frozen=True)
class FollowedBy:
    """Rows whose later appearance is the label of an earlier row."""

    rows: str
    same: tuple[str, ...]
    clock: str
    within: timedelta


@dataclass(frozen=True)
class Label:
    """What makes an order bad, when that is known, and when its absence is."""

    kind: str
    matures: timedelta
    source: str | None
    when: Any
    followed_by: FollowedBy | None
    known: Any
    columns: dict[str, Any]
    path: Path


@dataclass(frozen=True)
class Demand:
    """Which demand series the files hold."""

    rhythm: str
    closed_weekdays: tuple[int, ...]
    from_sales: bool


@dataclass(frozen=True)
class Mapping:
    r"""A mapping document, read and checked for form.

    Examples
    --------
    >>> from features.mapping.document import read_mapping_text
    >>> text = "version: 1\nname: shop\nfiles: {o: {path: o.csv}}\norders: {from: p}\n"
    >>> read_mapping_text(text, "shop.yaml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    features.errors.MappingError: shop.yaml, line 4, orders.from: there is no file or view 'p'...
    """

    document: Located
    name: str
    merchant: str
    channel: str
    shop: str
    base_currency: str
    timezone: str
    day_resolution: bool
    country_code: str
    fx: dict[str, Decimal]
    files: dict[str, FileSpec]
    views: dict[str, View]
    sections: tuple[Section, ...]
    labels: tuple[Label, ...]
    demand: Demand | None
    excused: dict[str, str]
