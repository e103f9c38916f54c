"""Every line of an order that comes gets what batch says of it, to the bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from features.engines.lines import compute
from features.engines.lines_online import LineReader
from features.engines.online import OnlineState
from features.line import features, windows
from tests.parity.replay import Comparison, Row, compare, replayed, rows_of
from tests.parity.shop import PROFILE, disorderly_shop, write_shop

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.feature import Feature
    from features.history import History

COLOURS = ("red", "blue", None)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Write the shop; its lines have a colour of their own, by the name of one of their orders."""
    tables = disorderly_shop(11, 300)
    for place, row in enumerate(tables["order_lines"]):
        row["attribute__colour"] = COLOURS[place % 3]
        row["attribute__length_cm"] = place % 7
    own = {"attribute__colour": "string", "attribute__length_cm": "int"}
    profile = replace(PROFILE, line_attributes=own)
    return write_shop(tmp_path_factory.mktemp("lines") / "history", tables, profile)


@pytest.fixture(scope="module")
def wanted(history: History) -> tuple[Feature, ...]:
    return tuple(features(history.profile))


@pytest.fixture(scope="module")
def batch(history: History, wanted: Sequence[Feature]) -> pd.DataFrame:
    return keyed(compute(history, wanted))


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(frame["order_key"] + "/" + frame["line_id"])


class Asked:
    """Asks about the lines of each order that a replay brings."""

    def __init__(self, history: History, reader: type[LineReader] = LineReader) -> None:
        profile = history.profile
        self.state = OnlineState(windows(profile), profile)
        self.reader = reader(self.state, profile)
        self.found: list[Row] = []

    def observe(
        self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        own = self.reader.read(order, lines)
        for line, values in zip(lines, own, strict=True):
            key = {"order_key": order["order_key"], "line_id": line["line_id"]}
            self.found.append(key | values)
        self.state.add_order(order, lines)
        return {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.state, name)


def online(history: History, reader: type[LineReader] = LineReader) -> pd.DataFrame:
    asked = Asked(history, reader)
    for _ in replayed(history, (), asked):
        pass
    return keyed(pd.DataFrame(asked.found))


def test_every_feature_of_every_line_is_equal(
    history: History, batch: pd.DataFrame, wanted: Sequence[Feature]
) -> None:
    found = compare(batch, online(history), wanted)

    assert len(batch) > 400
    assert found == Comparison(cells=len(batch) * len(wanted))


def test_no_feature_is_unknown_for_every_line(
    batch: pd.DataFrame, wanted: Sequence[Feature]
) -> None:
    """Equal columns of nothing would prove nothing."""
    assert [f.name for f in wanted if batch[f.name].isna().all()] == []


class OfTheOrder(LineReader):
    """Gives each line what its order would have, the worst of its lines."""

    def read(self, order: Any, lines: Any) -> Any:
        told = self.engine.values(order, lines)
        own = self._columns.values(lines)
        return [row | {name: told[of] for name, of in self._windows} for row in own]


class Alone(LineReader):
    """Forgets that lines of one key are counted together."""

    def _together(self, order: Any, lines: Any) -> Any:
        return lines


@pytest.mark.parametrize(
    ("reader", "least", "some"),
    [
        (OfTheOrder, 10, "line_sku__order_count__30d"),
        (Alone, 1, "line_sku__quantity__ratio_30d"),
    ],
)
def test_a_reader_that_mixes_lines_up_is_caught(
    history: History,
    batch: pd.DataFrame,
    wanted: Sequence[Feature],
    reader: type[LineReader],
    least: int,
    some: str,
) -> None:
    found = compare(batch, online(history, reader), wanted)

    assert len(found.different) >= least
    assert found.different[some] > 5


def test_a_colour_of_the_order_is_not_that_of_its_line(
    history: History, batch: pd.DataFrame
) -> None:
    """Both have an attribute of that name; the line's own keys what is known of its colour."""
    rate = batch["line_attribute_colour__return_rate__matured_365d"]
    own = batch["line__attribute__colour"]

    assert rate[own.isna()].isna().all()
    assert rate[own.notna()].notna().mean() > 0.5
    orders = {
        row["order_key"]: row["attribute__colour"] for row in rows_of(history.arrow("orders"))
    }
    differing = [k for k, c in own.items() if orders[str(k).rpartition("/")[0]] != c]
    assert len(differing) > 100
