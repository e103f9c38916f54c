"""What models learn from where each line of an order has an outcome of its own."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.training.material import Material

if TYPE_CHECKING:
    from features.feature import Feature
    from features.history import History

NAMED_SHARE: Final = 0.95
"""Share of the outcomes that must name a line of their order. One that names none is an outcome of
every line, and one that names another is lost: with more of them than one in twenty, the label is
about the order."""

_LINE: Final = ("order_key", "line_id")
_MONEY: Final = ("quantity", "unit_price_minor", "total_minor")


def is_per_line(history: History, kinds: tuple[str, ...]) -> bool:
    """Tell whether nearly all bad outcomes of some kinds name a line that their order has.

    Parameters
    ----------
    history
        The history.
    kinds
        Outcome kinds.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from features.history import History, HistoryProfile
    >>> from features.history_writing import write_history
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> tables = {
    ...     "orders": pa.table({
    ...         "order_key": ["a"], "order_id": ["a"], "channel": ["web"],
    ...         "merchant_id": ["acme"], "shop_id": ["eu"],
    ...         "placed_at": [noon], "received_at": [noon],
    ...     }),
    ...     "order_lines": pa.table({
    ...         "order_key": ["a", "a"], "line_id": ["1", "2"], "placed_at": [noon, noon],
    ...         "quantity": [1, 1],
    ...     }),
    ...     "outcomes": pa.table({
    ...         "outcome_id": ["x"], "order_key": ["a"], "line_id": ["2"], "kind": ["return"],
    ...         "occurred_at": [noon], "known_at": [noon],
    ...     }),
    ... }
    >>> with TemporaryDirectory() as home:
    ...     _ = write_history(Path(home) / "history", tables, HistoryProfile())
    ...     history = History(Path(home) / "history")
    ...     is_per_line(history, ("return",)), is_per_line(history, ("fraud",))
    (True, False)
    """
    if not (history.has("order_lines") and history.has("outcomes")):
        return False
    told = history.arrow("outcomes", columns=("kind", "is_bad", *_LINE))
    is_meant = pc.is_in(told["kind"], value_set=pa.array(kinds, pa.string()))
    bad = told.filter(pc.and_(is_meant, pc.fill_null(told["is_bad"], True)))
    if not pc.any(pc.is_valid(bad["line_id"])).as_py():
        return False
    there = _joined(history.arrow("order_lines", columns=_LINE))
    named = pc.is_in(_joined(bad), value_set=there).to_numpy()
    return bool(named.mean() >= NAMED_SHARE)


def _joined(rows: pa.Table) -> pa.ChunkedArray:
    """Give the key of each row's line; missing where it names none."""
    return pc.binary_join_element_wise(rows["order_key"], rows["line_id"], "/")


@dataclass
class LineMaterial(Material):
    """A history whose rows are the lines of its orders; all else is as in `Material`.

    A row's key is ``order_key/line_id``; an order without lines stays one row under its own key.
    A line has the clocks and all features of its order, and its own beside them. Its outcomes are
    those that name it, and those of its order that name no line.
    """

    row: ClassVar[str] = "line"

    @classmethod
    def of(cls, whole: Material) -> LineMaterial:
        """Give the lines of orders that are at hand, once for all models that ask."""
        made = cls(**_given(whole))
        made.whole = whole
        kept: LineMaterial = whole.beside.setdefault("lines", made)
        return kept

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of results should know of the rows."""
        said = "outcomes name lines of orders: one row a line"
        if not self._strangers:
            return (said,)
        return (said, f"{self._strangers:,} outcomes name a line that their order does not have")

    @cached_property
    def whole(self) -> Material:
        """The same history, one row an order."""
        return Material(**_given(self))

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The features that this history supports, of orders and then of lines."""
        from features.line import features

        wanted = self.purposes
        own = (f for f in features(self.profile) if wanted is None or wanted & set(f.purposes))
        return (*self.whole.features, *own)

    @cached_property
    def definitions(self) -> dict[str, str]:
        """Feature name to the hash of its definition."""
        return self.whole.definitions

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Feature values, one row a line, index as `orders` has it."""
        from features.engines import lines

        own = lines.compute(
            self.history,
            [feature for feature in self.features if feature.level == "line"],
            placed_from=self.placed_from,
            placed_to=self.placed_to,
            label_delay=self.label_delay,
            progress=self.progress,
        )
        orders = self.whole.frame
        rows = self._rows[self._rows["order_key"].isin(orders.index)]
        shared = orders.loc[rows["order_key"]].set_axis(rows.index)
        own = _keyed(own).drop(columns=["order_key", "line_id"]).reindex(rows.index)
        return pd.concat([shared, own], axis=1)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Ids, clocks and slices of all lines, in order of placing.

        ``order_id`` is ``order_id/line_id``, and ``value_minor`` the line's part of its order's.
        """
        rows = self._rows
        found = self.whole.orders.loc[rows["order_key"]].set_axis(rows.index)
        named = found["order_id"] + "/" + rows["line_id"]
        value = (found["value_minor"].astype("Float64") * rows["share"]).round().astype("Int64")
        return found.assign(order_id=named.fillna(found["order_id"]), value_minor=value)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Everything that became known later, once for each line that it is about."""
        told = self.whole.outcomes
        is_of_all = told["line_id"].isna()
        rows = self._rows[["order_key", "line_id"]].assign(row=self._rows.index)
        named = told[~is_of_all].merge(rows, on=["order_key", "line_id"])
        of_all = told[is_of_all].drop(columns="line_id").merge(rows, on="order_key")
        both = pd.concat([named, of_all], ignore_index=True)
        return both.assign(order_key=both["row"]).drop(columns="row")

    @cached_property
    def _strangers(self) -> int:
        """How many outcomes name a line that is not there."""
        told = self.whole.outcomes.dropna(subset="line_id")
        return int((~_keyed(told).index.isin(self._rows.index)).sum())

    @cached_property
    def _rows(self) -> pd.DataFrame:
        """``order_key``, ``line_id`` and ``share`` of the order's value, by order of placing."""
        lines = self.history.frame("order_lines", columns=(*_LINE, *_MONEY))
        amount = lines["total_minor"].fillna(lines["unit_price_minor"] * lines["quantity"])
        lines = lines.assign(amount=amount.astype("Float64"))
        both = pd.DataFrame({"order_key": self.whole.orders.index}).merge(
            lines[["order_key", "line_id", "amount"]], on="order_key", how="left"
        )
        per_order = both.groupby("order_key", sort=False)["amount"]
        known = per_order.transform("count") == per_order.transform("size")
        total = per_order.transform("sum").where(known)
        alone = both["line_id"].isna()
        is_free = (total == 0).fillna(value=False)
        share = both["amount"] / total.where(total > 0)
        share = share.mask(is_free, 1 / per_order.transform("size")).mask(alone, 1.0)
        return _keyed(both[["order_key", "line_id"]].assign(share=share))


def _given(material: Material) -> dict[str, Any]:
    """Give what a material was made with."""
    return {each.name: getattr(material, each.name) for each in fields(Material) if each.init}


def _keyed(lines: pd.DataFrame) -> pd.DataFrame:
    """Set the key of each row: its order's, and its line where it has one."""
    named = lines["order_key"].astype("string") + "/" + lines["line_id"].astype("string")
    key = named.fillna(lines["order_key"].astype("string"))
    return lines.set_axis(pd.Index(key.astype(object), name="row_key"))
