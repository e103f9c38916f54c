"""Canonical orders in files, and decisions about them without a service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from features.errors import HistoryError, OrderError
from features.history import History
from features.order import OrderRows, Terms, parse, to_rows
from serving.live import load_judge
from serving.scoring.judge import document, facts_of
from serving.scoring.places import locate
from serving.secret import tenant_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from features.document import OrderDocument
    from serving.settings import Settings

Fault = tuple[str, str]
"""A place in a file, and what is wrong there and how to mend it."""

DOCUMENT_COLUMN: Final = "document"
"""Column of a Parquet file that holds each order as JSON text; nested columns will do as well."""


def read_orders(file: Path) -> tuple[list[OrderDocument], list[Fault]]:
    """Read canonical orders from JSON lines, a JSON list or Parquet.

    Parameters
    ----------
    file
        ``.jsonl`` or ``.ndjson``, ``.json``, ``.parquet``.

    Returns
    -------
    tuple
        The orders that are well formed, and the faults of the others by place.

    Raises
    ------
    OrderError
        When the file as a whole cannot be read.
    """
    orders, faults = [], []
    for place, text in _texts(file):
        try:
            orders.append(parse(text))
        except OrderError as error:
            faults.append((place, str(error)))
    return orders, faults


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    """Go through the orders of a file as JSON text, each with its place."""
    kind = file.suffix.lower()
    if kind == ".parquet":
        yield from _parquet_texts(file)
    elif kind == ".json":
        yield from _json_texts(file)
    elif kind in {".jsonl", ".ndjson"}:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"line {number}", line
    else:
        raise OrderError([(str(file), "is none of .jsonl, .ndjson, .json and .parquet")])


def _json_texts(file: Path) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise OrderError([(str(file), f"is not JSON: {error}")]) from None
    orders = found.get("orders", [found]) if isinstance(found, dict) else found
    for index, order in enumerate(orders):
        yield f"order {index + 1}", json.dumps(order)


def _parquet_texts(file: Path) -> Iterator[tuple[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(file)
    except pa.ArrowInvalid as error:
        raise OrderError([(str(file), f"is not Parquet: {error}")]) from None
    for index, row in enumerate(rows.to_pylist()):
        text = row[DOCUMENT_COLUMN] if DOCUMENT_COLUMN in row else _as_json(row)
        yield f"row {index + 1}", text


def _as_json(row: dict[str, Any]) -> str:
    """Write a nested row as JSON, without what is missing."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items() if one is not None}
        if isinstance(value, list):
            return [plain(one) for one in value]
        return value

    return json.dumps(plain(row), default=lambda at: at.isoformat())


def score_orders(
    settings: Settings,
    orders: Sequence[OrderDocument],
    advance: Callable[[float], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Decide about orders over the history, each knowing of those received before it.

    Parameters
    ----------
    settings
        The home.
    orders
        Canonical orders.
    advance
        Told of each order done.

    Returns
    -------
    list
        One flat row an order, in the order in which they were given.

    Raises
    ------
    HistoryError
        When there is no history.
    OrderError
        When an order does not fit the history.
    """
    history = History(settings.history_folder)
    from features.catalogue import declare
    from features.engines.online import OnlineState

    profile = history.profile
    terms = Terms(tenant_secret(settings), profile.base_currency, profile.attributes, locate)
    flat = [to_rows(order, terms, received_at=_updated(order)) for order in orders]
    state = OnlineState(declare(profile, purposes=("risk", "abnormal")), profile)
    state.load(history)
    judge = load_judge(settings.models_folder, profile)
    found: dict[int, dict[str, Any]] = {}
    for index in sorted(range(len(flat)), key=lambda i: flat[i].order["received_at"]):
        rows = flat[index]
        judgement = judge.judge(facts_of(rows.order), state.values(rows.order, rows.lines))
        found[index] = _flat_decision(rows, document(judgement, profile.base_currency))
        state.add_order(rows.order, rows.lines)
        advance(1)
    return [found[index] for index in range(len(flat))]


def _updated(order: OrderDocument) -> int:
    """Give the instant an order without ``ingest`` counts as received: its last update."""
    from features.order import microseconds

    return microseconds(order.updated_at)


def _flat_decision(rows: OrderRows, body: dict[str, Any]) -> dict[str, Any]:
    flat = {
        "order_key": rows.key,
        "order_id": rows.order["order_id"],
        "action": body["action"],
        "priority": body["priority"],
        "band": body["band"],
        "expected_loss_minor": body["expected_loss"]["minor"],
        "currency": body["expected_loss"]["currency"],
        "rule_hits": body["rule_hits"],
        "duplicate_of": body["duplicate_of"],
        "linked_orders": body["linked_orders"],
        "reasons": json.dumps(body["reasons"], ensure_ascii=False),
        "degraded": [part["part"] for part in body["degraded"]],
    }
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
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.part")
    pq.write_table(table, draft, compression="zstd")
    draft.replace(file)
