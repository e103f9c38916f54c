"""Mapping documents, read and checked for form before any file is opened."""

from __future__ import annotations

import codecs
from decimal import Decimal, InvalidOperation
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final

from features.mapping.keyed import Reader, check_zone, near
from features.mapping.parts import (
    Attribute,
    Demand,
    FileSpec,
    FollowedBy,
    Join,
    Label,
    Leave,
    Mapping,
    Section,
    View,
)
from features.mapping.yaml_text import Located, parse
from features.money import EXPONENTS
from features.schema import OUTCOME_KINDS, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.yaml_tree import Path

VERSION: Final = 1
FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "excel",
    ".xls": "excel",
    ".xlsb": "excel",
    ".ods": "excel",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
ENCODINGS: Final = (
    "utf-8",
    "gbk",
    "gb18030",
    "utf-16",
    "big5",
    "shift_jis",
    "windows-1252",
    "latin-1",
)
"""Encodings that a mistake is told of; every one that Python knows is read."""

ATTRIBUTE_TYPES: Final = {"number": "float", "boolean": "bool", "text": "string"}
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ADDRESS_PARTS: Final = ("line", "country", "region", "city", "district", "town", "postal")
LABELS: Final = (*OUTCOME_KINDS, "late")


def read_mapping(path: FilePath) -> Mapping:
    """Read a mapping document from a file.

    Raises
    ------
    MappingError
        When the file is missing, is no YAML, or says something that no mapping can say; the
        message names the line and the key.
    """
    from features.errors import MappingError

    if path.suffix.lower() in FORMATS:
        raise MappingError(
            f"{path} is a file of rows; name the mapping document (YAML) that says what its "
            "columns mean, see docs/mapping.md"
        )
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise MappingError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise MappingError(f"{path} is a folder; name the mapping file in it") from None
    except UnicodeDecodeError as error:
        raise MappingError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    return read_mapping_text(text, path.name)


def read_mapping_text(text: str, source: str) -> Mapping:
    """Read a mapping document from its text; see :func:`read_mapping`.

    Examples
    --------
    >>> mapping = read_mapping_text(
    ...     '''
    ... version: 1
    ... name: shop
    ... files: {rows: orders.csv}
    ... orders: {from: rows, columns: {order_id: id, placed_at: at}}
    ... ''',
    ...     "shop.yaml",
    ... )
    >>> mapping.merchant, mapping.base_currency, [section.table for section in mapping.sections]
    ('shop', 'CNY', ['orders'])
    >>> read_mapping_text("{version: 1, name: shop}", "shop.yaml")
    Traceback (most recent call last):
    ...
    features.errors.MappingError: shop.yaml, line 1, files: is missing: name at least one file
    """
    document = parse(text, source)
    top = Reader(document, (), document.value)
    version = top.take("version", required=True)
    if version != VERSION:
        raise top.error("version", f"is {version!r}; this program reads version {VERSION}")
    name = top.text("name", required=True)
    top.take("about")
    files = {key: _file(document, key, value) for key, value in top.keyed("files").items()}
    if not files:
        raise top.error("files", "is missing: name at least one file")
    views = {key: _view(document, key, value) for key, value in top.keyed("views").items()}
    base = _currency(top)
    mapping = Mapping(
        document=document,
        name=name,
        merchant=top.text("merchant", name),
        channel=top.text("channel", "other"),
        shop=top.text("shop", "main"),
        base_currency=base,
        timezone=_zone(top, "timezone", "UTC"),
        day_resolution=top.flag("day_resolution"),
        country_code=top.text("phone_country_code", "86"),
        fx={base: Decimal(1)} | _fx(top),
        files=files,
        views=views,
        sections=tuple(
            _section(document, table, (table, *number), value)
            for table in TABLES
            for number, value in _several(top.take(table))
        ),
        labels=tuple(_label(document, k, v) for k, v in top.keyed("labels").items()),
        demand=_demand(document, top.take("demand")),
        excused={str(k): str(v) for k, v in top.keyed("excused").items()},
    )
    top.done()
    _check_sources(mapping)
    return mapping


def _currency(top: Reader) -> str:
    code: str = top.text("base_currency", "CNY")
    if code not in EXPONENTS:
        hint = "; did you mean 'CNY'?" if code in {"RMB", "人民币", "元"} else near(code, EXPONENTS)
        raise top.error(
            "base_currency", f"{code!r} is not an ISO 4217 currency code such as USD{hint}"
        )
    return code


def _several(value: Any) -> Iterable[tuple[Path, Any]]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(((index,), item) for index, item in enumerate(value))
    return (((), value),)


def _zone(reader: Reader, key: str, default: str) -> str:
    name: str = reader.text(key, default)
    check_zone(reader.document, (*reader.path, key), name)
    return name


def _fx(top: Reader) -> dict[str, Decimal]:
    rates = {}
    for code, rate in top.keyed("fx").items():
        path = ("fx", code)
        if code not in EXPONENTS:
            raise top.document.error(
                path, f"is not an ISO 4217 currency code{near(code, EXPONENTS)}"
            )
        try:
            rates[code] = Decimal(str(rate))
        except InvalidOperation:
            raise top.document.error(path, f"{rate!r} is not a number") from None
        if not rates[code].is_finite() or rates[code] <= 0:
            raise top.document.error(path, "must be above 0: base currency for one unit")
    return rates


def _file(document: Located, name: str, value: Any) -> FileSpec:
    path: Path = ("files", name)
    reader = Reader(document, path, {"path": value} if isinstance(value, str) else value)
    paths = reader.names("path")
    if not paths:
        raise reader.error("path", "is missing: write the file's name or a glob")
    suffix = FilePath(paths[0]).suffix.lower()
    form = reader.one_of("format", sorted(set(FORMATS.values())), FORMATS.get(suffix, "csv"))
    sheet = reader.take("sheet", 0)
    if isinstance(sheet, bool) or not isinstance(sheet, int | str):
        raise reader.error("sheet", "must be the sheet's name, or its number from 0")
    spec = FileSpec(
        name=name,
        paths=paths,
        form=form,
        encoding=_encoding(reader),
        delimiter=reader.text("delimiter", "\t" if suffix == ".tsv" else ","),
        quote=reader.text("quote", '"'),
        sheet=sheet,
        skip=reader.count("skip", 0, "lines above the header"),
        header_rows=reader.count("header_rows", 1, "rows that together are the header"),
        fill_down=reader.names("fill_down"),
        short_lines=reader.one_of("short_lines", ("leave_out", "fill"), "leave_out"),
        each=reader.text("each"),
        nulls=reader.names("nulls"),
        latest_by=reader.names("latest_by"),
        path=path,
    )
    reader.done()
    if len(spec.delimiter) != 1:
        raise reader.error("delimiter", 'must be one character such as ";" or "\\t"')
    if len(spec.quote) > 1 or spec.quote == spec.delimiter:
        raise reader.error("quote", 'must be one character, or "" where nothing is quoted')
    return spec


def _encoding(reader: Reader) -> str:
    """Take the name of an encoding, in Python's own spelling."""
    name = reader.text("encoding", "utf-8")
    try:
        b"a".decode(name)
    except UnicodeError:
        pass  # no whole character, but an encoding
    except (LookupError, ValueError):
        hint = near(name, ENCODINGS, ", ".join(ENCODINGS))
        raise reader.error("encoding", f"{name!r} is no encoding of text{hint}") from None
    return codecs.lookup(name).name


def _leaves(reader: Reader) -> tuple[Leave, ...]:
    leaves = []
    for index, item in enumerate(reader.listed("leave_out")):
        inner = Reader(reader.document, (*reader.path, "leave_out", index), item)
        when = inner.take("when", required=True)
        leaves.append(Leave(when, inner.text("because", required=True), (*inner.path, "when")))
        inner.done()
    return tuple(leaves)


def _view(document: Located, name: str, value: Any) -> View:
    reader = Reader(document, ("views", name), value)
    view = View(
        name=name,
        source=reader.text("from", required=True),
        joins=tuple(
            _join(document, (*reader.path, "join", index), item)
            for index, item in enumerate(reader.listed("join"))
        ),
        only=reader.take("only"),
        leave_out=_leaves(reader),
        add=reader.keyed("add"),
        group_by=reader.names("group_by"),
        columns=reader.keyed("columns"),
        path=reader.path,
    )
    reader.done()
    if view.columns and not view.group_by:
        raise reader.error("columns", "belongs to `group_by`; use `add` for computed columns")
    return view


def _join(document: Located, path: Path, value: Any) -> Join:
    reader = Reader(document, path, value)
    view = reader.text("with", required=True)
    on = reader.take("on", {})
    if isinstance(on, str):
        on = [on]
    pairs = on.items() if isinstance(on, dict) else ((column, column) for column in on)
    below = reader.keyed("at_or_below")
    join = Join(
        view=view,
        alias=reader.text("as", view),
        on=tuple((str(left), str(right)) for left, right in pairs),
        at_or_below=next(((str(k), str(v)) for k, v in below.items()), None),
        path=path,
    )
    reader.done()
    if not join.on and not join.at_or_below:
        raise reader.error("on", "is missing: name the columns that must be equal")
    return join


def _section(document: Located, table: str, path: Path, value: Any) -> Section:
    reader = Reader(document, path, value)
    spec = TABLES[table]
    section = Section(
        table=table,
        source=reader.text("from", required=True),
        columns=reader.keyed("columns"),
        attributes=_attributes(reader, allowed=spec.accepts("attribute__x")),
        entities=reader.keyed("entities") if spec.accepts("entity__x") else {},
        leave_out=_leaves(reader),
        keep_without_lines=(
            reader.one_of("without_lines", ("leave_out", "keep"), "leave_out") == "keep"
            if table == "orders"
            else True
        ),
        path=path,
        address=_address(reader) if table == "orders" else {},
        datum=reader.one_of("datum", ("wgs84", "gcj02"), "wgs84") if table == "orders" else "wgs84",
    )
    reader.done()
    return section


def _address(reader: Reader) -> dict[str, Any]:
    parts = reader.keyed("address")
    for name in parts:
        if name not in ADDRESS_PARTS:
            known = ", ".join(ADDRESS_PARTS)
            raise reader.document.error(
                (*reader.path, "address", name), f"is not one of {known}{near(name, ADDRESS_PARTS)}"
            )
    return parts


def _attributes(reader: Reader, *, allowed: bool) -> dict[str, Attribute]:
    if not allowed:
        return {}
    found = {}
    for name, item in reader.keyed("attributes").items():
        inner = Reader(reader.document, (*reader.path, "attributes", name), item)
        kind = inner.one_of("type", ATTRIBUTE_TYPES)
        rest = {key: inner.take(key) for key in list(item) if key != "type"}
        found[name] = Attribute(ATTRIBUTE_TYPES[kind], rest)
    return found


def _label(document: Located, kind: str, value: Any) -> Label:
    reader = Reader(document, ("labels", kind), value)
    if kind not in LABELS:
        raise document.error(
            reader.path, f"is not a kind of label{near(kind, LABELS, ', '.join(LABELS))}"
        )
    label = Label(
        kind=kind,
        matures=reader.time("matures"),
        source=reader.text("from"),
        when=reader.take("when"),
        followed_by=_followed(reader),
        known=reader.take("known"),
        columns=reader.keyed("columns"),
        path=reader.path,
    )
    reader.done()
    if kind == "late":
        return label
    if label.source is None or (label.when is None and label.followed_by is None):
        raise document.error(reader.path, "needs `from`, and `when` or `followed_by`")
    return label


def _followed(reader: Reader) -> FollowedBy | None:
    value = reader.take("followed_by")
    if value is None:
        return None
    inner = Reader(reader.document, (*reader.path, "followed_by"), value)
    followed = FollowedBy(
        rows=inner.text("rows", required=True),
        same=inner.names("same"),
        clock=inner.text("clock", required=True),
        within=inner.time("within"),
    )
    inner.done()
    return followed


def _demand(document: Located, value: Any) -> Demand | None:
    if value is None:
        return None
    reader = Reader(document, ("demand",), value)
    closed = reader.names("closed_weekdays")
    for day in closed:
        if day not in WEEKDAYS:
            raise reader.error("closed_weekdays", f"{day!r} is not one of {', '.join(WEEKDAYS)}")
    demand = Demand(
        rhythm=reader.one_of("rhythm", ("daily", "weekly"), "daily"),
        closed_weekdays=tuple(sorted(WEEKDAYS.index(day) for day in closed)),
        from_sales=reader.one_of("from", ("order_lines", "sales"), "order_lines") == "sales",
    )
    reader.done()
    return demand


def _check_sources(mapping: Mapping) -> None:
    """Refuse names of files and views that nobody defined."""
    known = [*mapping.files]
    for view in mapping.views.values():
        if view.name in mapping.files:
            raise mapping.document.error(view.path, "is also the name of a file; rename one")
        _check_source(mapping, (*view.path, "from"), view.source, known)
        for join in view.joins:
            _check_source(mapping, (*join.path, "with"), join.view, known)
        known.append(view.name)
    for section in mapping.sections:
        _check_source(mapping, (*section.path, "from"), section.source, known)
    for label in mapping.labels:
        if label.source is not None:
            _check_source(mapping, (*label.path, "from"), label.source, known)
        if label.followed_by:
            path = (*label.path, "followed_by", "rows")
            _check_source(mapping, path, label.followed_by.rows, known)


def _check_source(mapping: Mapping, path: Path, name: str, known: list[str]) -> None:
    if name not in known:
        hint = near(name, known, ", ".join(known))
        later = " before this place" if name in mapping.views else ""
        raise mapping.document.error(path, f"there is no file or view {name!r}{later}{hint}")
