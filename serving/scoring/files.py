"""Canonical orders in files, and decisions about them without a service."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel

from features.catalogue import declare
from features.document import OrderDocument
from features.engines.lines_online import LineReader
from features.engines.online import OnlineState
from features.errors import HistoryError, OrderError
from features.history import History
from features.line import windows
from features.order import OrderRows, Terms, microseconds, parse, to_rows
from models.policy.rules.fields import fact_values, known_fields
from serving.exploration.moments import Rehearsal
from serving.live import load_judge
from serving.rules.repository import RuleStore
from serving.rules.service import with_rules
from serving.scoring.judge import document, facts_of
from serving.scoring.lines import own_values
from serving.scoring.places import locate
from serving.secret import tenant_secret
from serving.state.windows import WindowState
from serving.store.engine import open_engine
from serving.store.migrate import migrate
from serving.whole import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from features.feature import Feature
    from serving.rules.repository import Version
    from serving.scoring.judge import Missing
    from serving.settings import Settings

Fault = tuple[str, str]
"""A place in a file, and what is wrong there and how to mend it."""

DOCUMENT_COLUMN: Final = "document"
"""Column of a Parquet file that holds each order as JSON text; nested columns will do as well."""


def read_orders(file: Path) -> Iterator[tuple[str, OrderDocument | OrderError]]:
    """Read canonical orders from JSON lines, a JSON list or Parquet.

    Parameters
    ----------
    file
        ``.jsonl`` or ``.ndjson``, ``.json``, ``.parquet``.

    Yields
    ------
    tuple
        A place, and the order that stands there or what is wrong with it.

    Raises
    ------
    OrderError
        When the file as a whole cannot be read.
    """
    for place, text in _texts(file):
        try:
            yield place, parse(text)
        except OrderError as error:
            yield place, error


def fit_orders(
    settings: Settings, found: Iterable[tuple[str, OrderDocument | OrderError]]
) -> tuple[list[OrderRows], list[Fault]]:
    """Flatten orders for a history, and tell of those that are left out.

    Parameters
    ----------
    settings
        The home.
    found
        Places and what stands there, see `read_orders`.

    Returns
    -------
    tuple
        The rows of each order in its newest state, and the faults of the others by place.

    Raises
    ------
    HistoryError
        When there is no history.
    """
    profile = History(settings.history_folder).profile
    terms = Terms(tenant_secret(settings), profile.base_currency, profile.attributes, locate)
    kept: dict[str, tuple[int, str, OrderRows]] = {}
    faults: list[Fault] = []
    for place, order in found:
        try:
            updated, rows = _flat(order, terms)
        except OrderError as error:
            faults.append((place, str(error)))
            continue
        entry = (updated, place, rows)
        other = kept.get(rows.key, entry)
        newer, older = (entry, other) if updated > other[0] else (other, entry)
        kept[rows.key] = newer
        if older is not newer:
            faults.append((older[1], f"/order_id: is a duplicate: {newer[1]} holds this order too"))
    return [rows for _, _, rows in kept.values()], faults


def _flat(order: OrderDocument | OrderError, terms: Terms) -> tuple[int, OrderRows]:
    """Give when an order was last updated, and its rows.

    An order without ``ingest`` counts as received when it was last updated.
    """
    if isinstance(order, OrderError):
        raise order
    updated = microseconds(order.updated_at)
    return updated, to_rows(order, terms, received_at=updated)


def _texts(file: Path) -> Iterator[tuple[str, bytes | str]]:
    """Go through the orders of a file as JSON text, each with its place."""
    kind = file.suffix.lower()
    if kind == ".parquet":
        yield from _parquet_texts(file)
    elif kind == ".json":
        yield from _json_texts(file)
    elif kind in {".jsonl", ".ndjson"}:
        with file.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                # Programs on Windows begin a file of text with a mark of its encoding.
                line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
                if line.strip():
                    yield f"line {number}", line
    else:
        raise OrderError(
            [(str(file), "is none of .jsonl, .ndjson, .json and .parquet; see docs/orders.md")]
        )


def _json_texts(file: Path) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(file.read_bytes())
    except ValueError as error:
        raise OrderError([(str(file), f"is not JSON: {error}")]) from None
    orders = found.get("orders", [found]) if isinstance(found, dict) else found
    if not isinstance(orders, list):
        raise OrderError([(str(file), "holds no list of orders")])
    for index, order in enumerate(orders):
        yield f"order {index + 1}", json.dumps(order)


def _parquet_texts(file: Path) -> Iterator[tuple[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise OrderError([(str(file), f"is not Parquet: {error}")]) from None
    for index, row in enumerate(rows.to_pylist()):
        text = row[DOCUMENT_COLUMN] if DOCUMENT_COLUMN in row else _as_json(row)
        yield f"row {index + 1}", str(text)


def _as_json(row: dict[str, Any]) -> str:
    """Write a nested row as JSON; a missing value stays null where a field must be said."""
    return json.dumps(_said(row, OrderDocument), default=_text)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _said(value: Any, part: type[BaseModel] | None) -> Any:
    """Leave out what is missing and need not be said."""
    if isinstance(value, list):
        return [_said(one, part) for one in value]
    if not isinstance(value, dict):
        return value
    fields = part.model_fields if part is not None else {}
    return {
        name: _said(one, _part_of(fields[name].annotation) if name in fields else None)
        for name, one in value.items()
        if one is not None or (name in fields and fields[name].is_required())
    }


def _part_of(annotation: Any) -> type[BaseModel] | None:
    """Give the part of the document that a field holds, alone or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((part for one in get_args(annotation) if (part := _part_of(one))), None)


def score_orders(
    settings: Settings,
    orders: Sequence[OrderRows],
    advance: Callable[[float], None] = lambda _: None,
) -> tuple[list[dict[str, Any]], tuple[Missing, ...]]:
    """Decide about orders over the history, each knowing of those received before it.

    Parameters
    ----------
    settings
        The home.
    orders
        Rows of each order.
    advance
        Told of each order done.

    Returns
    -------
    tuple
        One flat row an order, in the order in which they were given; and the models that every
        decision had to do without.

    Raises
    ------
    HistoryError
        When there is no history.
    """
    history = History(settings.history_folder)
    profile = history.profile
    judge = with_rules(
        load_judge(settings.models_folder, profile), _rules(settings), known_fields(profile)
    )
    state = WindowState(_filled(history, declare(profile, purposes=("risk", "abnormal"))))
    if judge.asks_lines:
        state.lines = LineReader(_filled(history, windows(profile)), profile)
    moments = Rehearsal(judge.policy, tenant_secret(settings))
    found: dict[int, dict[str, Any]] = {}
    for index in sorted(range(len(orders)), key=lambda i: orders[i].order["received_at"]):
        rows = orders[index]
        values, unknown = state.values(rows.order, rows.lines)
        lines, unlined = own_values(judge, state, rows)
        as_of = rows.order["received_at"]
        facts, beside = facts_of(rows.order, rows.lines), fact_values(rows.order | rows.beside)
        judgement = judge.judge(facts, values, beside, moments.at(rows.key, as_of), lines)
        moments.learn(judgement.decision, as_of)
        body = document(judgement, profile.base_currency)
        body["degraded"] += [part.document() for part in (*unknown, *unlined)]
        found[index] = _flat_decision(rows, body)
        state.add_order(rows.order, rows.lines)
        advance(1)
    return [found[index] for index in range(len(orders))], judge.missing


def _filled(history: History, features: Sequence[Feature]) -> OnlineState:
    """Make window state of a whole history."""
    engine = OnlineState(features, history.profile)
    engine.load(history)
    return engine


def _rules(settings: Settings) -> Version | None:
    """Give the rules in force, if a service of this home ever saved any."""
    engine = open_engine(settings.store_url)
    try:
        migrate(engine)
        return RuleStore(engine).newest()
    finally:
        engine.dispose()


def _flat_decision(rows: OrderRows, body: dict[str, Any]) -> dict[str, Any]:
    flat = {
        "order_key": rows.key,
        "order_id": rows.order["order_id"],
        "action": body["action"],
        "priority": body["priority"],
        "band": body["band"],
        "expected_loss_minor": body["expected_loss"]["minor"],
        "currency": body["expected_loss"]["currency"],
        "rule_hits": [hit["id"] for hit in body["rule_hits"]],
        "tags": body["tags"],
        "duplicate_of": body["duplicate_of"],
        "linked_orders": body["linked_orders"],
        "reasons": json.dumps(body["reasons"], ensure_ascii=False),
        "degraded": [part["part"] for part in body["degraded"]],
    }
    if "lines" in body:
        flat["lines"] = json.dumps(body["lines"], ensure_ascii=False)
    for name, score in body["scores"].items():
        flat[f"{name}_probability"] = score["probability"]
        flat[f"{name}_percentile"] = score["percentile"]
    return flat


def write_decisions(file: Path, decisions: Sequence[dict[str, Any]]) -> None:
    """Write decisions as Parquet, whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not decisions:
        raise HistoryError("there is nothing to write: no order of the file was well formed")
    names = list(dict.fromkeys(name for decision in decisions for name in decision))
    table = pa.table({name: [decision.get(name) for decision in decisions] for name in names})
    with whole(file) as draft:
        pq.write_table(table, draft, compression="zstd")
