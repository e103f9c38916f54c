"""The real order history in the package, cut in two: a past to import and a few days to feed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from serving.datasets import ONLINE_RETAIL

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from serving.settings import Settings

DATA_NAME: Final = "online_retail.parquet"
CLOCK: Final = "InvoiceDate"


def split(settings: Settings, live_days: int) -> str:
    """Put the older rows into the home, and the newest days beside them as canonical orders.

    Parameters
    ----------
    settings
        Settings of the demonstration's home.
    live_days
        Trading days to hold back.

    Returns
    -------
    str
        What there is, for the person at the terminal.
    """
    from features.queries import work_database
    from serving.demo.exports.forms import write_json_lines

    folder = settings.home / "demo"
    source = str(ONLINE_RETAIL.with_name(DATA_NAME)).replace("'", "''")
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    (folder / "live").mkdir(exist_ok=True)
    shutil.copyfile(ONLINE_RETAIL, folder / "exports" / ONLINE_RETAIL.name)
    with work_database() as connection:
        days = connection.execute(
            f"SELECT DISTINCT CAST({CLOCK} AS DATE) FROM '{source}' "  # noqa: S608 our own names
            f"ORDER BY 1 DESC LIMIT {live_days}"
        ).fetchall()
        cut = days[-1][0]
        target = str(folder / "exports" / DATA_NAME).replace("'", "''")
        connection.execute(
            f"COPY (SELECT * FROM '{source}' WHERE CAST({CLOCK} AS DATE) < DATE '{cut}') "  # noqa: S608 our own names
            f"TO '{target}' (FORMAT parquet)"
        )
        orders = _live(connection, source, cut, settings)
    write_json_lines(folder / "live" / "orders.jsonl", orders)
    return f"invoices before {cut} are the past; {len(orders):,} newer orders are held back"


def _live(
    connection: duckdb.DuckDBPyConnection, source: str, cut: date, settings: Settings
) -> list[dict[str, Any]]:
    """Turn the newest rows into canonical orders, through the same mapping."""
    from features.history import History
    from features.history_writing import write_history
    from features.mapping import read_mapping, run_mapping
    from features.order import to_document
    from serving.secret import tenant_secret

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        newest = str(root / DATA_NAME).replace("'", "''")
        connection.execute(
            f"COPY (SELECT * FROM '{source}' WHERE CAST({CLOCK} AS DATE) >= DATE '{cut}') "  # noqa: S608 our own names
            f"TO '{newest}' (FORMAT parquet)"
        )
        mapping = read_mapping(ONLINE_RETAIL)
        with run_mapping(mapping, root, tenant_secret(settings)) as found:
            write_history(root / "history", found.tables, found.profile, source=mapping.name)
        history = History(root / "history")
        lines: dict[str, list[dict[str, Any]]] = {}
        for line in history.arrow("order_lines").to_pylist():
            lines.setdefault(line["order_key"], []).append(line)
        base = history.profile.base_currency
        return [
            to_document(row, lines.get(row["order_key"], []), base_currency=base)
            for row in sorted(history.arrow("orders").to_pylist(), key=_arrival)
        ]


def _arrival(row: dict[str, Any]) -> tuple[Any, str]:
    """Sort by the moment an order came in."""
    return row["received_at"], str(row["order_key"])
