"""``orderintel route`` and its what-if on the small shop."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from serving.cli.main import main
from tests.serving.at_home import at_home
from tests.serving.delivery.shop import order

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.embedded

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def orderintel(shop_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command on the shop, with a store of its own."""

    def command(*arguments: str) -> tuple[int, str, str]:
        with at_home(shop_home, DATABASE_URL=f"sqlite:///{tmp_path / 'store.db'}"):
            code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def write_orders(file: Path, orders: list[dict[str, Any]]) -> Path:
    file.write_text("\n".join(json.dumps(one) for one in orders), "utf-8")
    return file


def test_a_wave_gets_ways_or_the_constraint_that_binds(orderintel: Command, tmp_path: Path) -> None:
    wave = [
        order("1"),
        order("2", quantity=2),
        order("3", sku="POT"),
        order("4", city="长沙市"),
        order("5", sku="PAN"),
        order("6", sku="PAN"),
    ]
    file, out = write_orders(tmp_path / "wave.jsonl", wave), tmp_path / "routes.parquet"

    code, printed, _ = orderintel("route", str(file), "--out", str(out), "--json")

    rows = {row["order_id"]: row for row in pq.read_table(out).to_pylist()}
    told = json.loads(printed)
    assert code == 0
    assert [rows[key]["is_served"] for key in "1234"] == [True, True, False, False]
    assert (rows["3"]["binding"], rows["4"]["binding"]) == ("stock", "area")
    assert json.loads(rows["3"]["substitutes"]) == {"POT": ["PAN"]}
    assert rows["1"]["carrier"] in {"sf", "yd"}
    assert 0 < rows["1"]["p_late"] < 1
    assert rows["1"]["promised_by"] == "2026-03-04T08:30:00Z"
    assert rows["1"]["freight_minor"] <= rows["1"]["cost_minor"]
    assert "运费" in rows["1"]["reason_zh"]
    assert "freight" in rows["1"]["reason_en"]
    # The only warehouse with pans sends one order a day.
    assert sorted(rows[key]["is_served"] for key in "56") == [False, True]
    assert next(rows[k]["binding"] for k in "56" if not rows[k]["is_served"]) == (
        "warehouse_capacity"
    )
    assert (told["served"], told["unserved"], told["left_out"]) == (3, 3, 0)
    assert told["cost_minor"] <= told["one_after_the_other_minor"]


def test_malformed_orders_are_told_and_left_out(orderintel: Command, tmp_path: Path) -> None:
    wave = [order("1"), order("2"), order("3", lines=[])]
    file, out = write_orders(tmp_path / "wave.jsonl", wave), tmp_path / "routes.parquet"

    code, _, said = orderintel("route", str(file), "--out", str(out))

    assert code == 0
    assert "line 3" in said
    assert "1 left out" in said


@pytest.mark.parametrize(
    ("arguments", "code", "mend"),
    [
        ((), 2, "orderintel route ORDERS --out FILE"),
        (("{wave}",), 2, "--out FILE"),
        (("{empty}", "--out", "{out}"), 1, "holds no order"),
        (("{wave}", "--out", "{folder}"), 1, "is a folder"),
    ],
    ids=["nothing", "no out", "no order", "a folder"],
)
def test_wrong_use_says_the_mend_and_writes_nothing(
    orderintel: Command, tmp_path: Path, arguments: tuple[str, ...], code: int, mend: str
) -> None:
    places = {
        "wave": write_orders(tmp_path / "wave.jsonl", [order("1")]),
        "empty": write_orders(tmp_path / "empty.jsonl", []),
        "out": tmp_path / "out.parquet",
        "folder": tmp_path,
    }

    found, _, said = orderintel("route", *(part.format(**places) for part in arguments))

    assert found == code
    assert mend in said
    assert not places["out"].exists()


VARIANTS = """
days: 30
variants:
  - name: only sf
    only_carriers: [sf]
  - name: sf dearer
    only_carriers: [sf]
    tariffs: [{carrier: sf, factor: 1.5}]
  - name: yd free
    tariffs: [{carrier: yd, first_kg_minor: 0}]
  - name: closed
    outlet_capacity: {sf-1: 0, yd-1: 0}
  - name: new house
    new_warehouses: [{warehouse: SH, region: 上海市, city: 上海市, stock_like: JX}]
  - name: simple rule
    rule: {outlets: [sf-1], more_than: 5}
"""


def what_if(orderintel: Command, tmp_path: Path, text: str, *more: str) -> tuple[int, str, str]:
    file = tmp_path / "what-if.yaml"
    file.write_text(text, "utf-8")
    return orderintel("route", "--what-if", str(file), *more)


def test_variants_are_compared_with_today(orderintel: Command, tmp_path: Path) -> None:
    # On the day before, the warehouse that has the cups had not counted them yet.
    clocks: dict[str, Any] = {
        "placed_at": "2026-03-02T08:30:00Z",
        "updated_at": "2026-03-02T08:30:00Z",
    }
    wave = [
        order(str(number), deliver_by="2026-03-04T08:30:00Z", ingest=None, paid_at=None, **clocks)
        for number in range(5)
    ]
    file = write_orders(tmp_path / "wave.jsonl", wave)

    code, printed, said = what_if(orderintel, tmp_path, VARIANTS, str(file), "--json")

    assert code == 0, said
    told = json.loads(printed)
    found = {variant["name"]: variant["figures"] for variant in told["variants"]}
    value = {name: of["cost_minor"]["value"] for name, of in found.items()}
    assert list(found) == [
        "today", "only sf", "sf dearer", "yd free", "closed", "new house", "simple rule",
    ]  # fmt: skip
    assert value["yd free"] < value["today"] <= value["only sf"] < value["sf dearer"]
    # The tariff of the first kilogram is 12 yuan: half of it more.
    assert value["sf dearer"] - value["only sf"] == pytest.approx(600)
    assert found["today"]["cost_minor"]["difference"] == 0
    assert found["closed"]["fill_rate"]["value"] == 0
    assert found["closed"]["cost_minor"]["value"] is None
    assert found["new house"]["fill_rate"]["value"] == found["today"]["fill_rate"]["value"] == 1
    assert found["simple rule"]["late"] == found["only sf"]["late"]
    low, high = found["only sf"]["late"]["interval"]
    assert low <= found["only sf"]["late"]["value"] <= high
    closed = next(v for v in told["variants"] if v["name"] == "closed")
    assert closed["unserved"] == {"outlet_capacity": 5}


@pytest.mark.parametrize("suffix", [".html", ".parquet"])
def test_the_orders_of_the_last_month_are_replayed(
    orderintel: Command, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"report{suffix}"
    text = "days: 3\nvariants: [{name: only yd, only_carriers: [yd]}]"

    code, _, said = what_if(orderintel, tmp_path, text, "--out", str(out))

    assert code == 0, said
    assert "only yd" in said
    if suffix == ".parquet":
        rows = pq.read_table(out).to_pylist()
        assert {row["variant"] for row in rows} == {"today", "only yd"}
    else:
        assert "only yd" in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("variants: [", "is not YAML"),
        ("variants: []", "variants: Tuple should have at least 1"),
        ("variants: [{name: today}]", "'today' is taken"),
        ("variants: [{name: a}, {name: a}]", "each name stands once"),
        ("variants: [{name: a, without_carriers: [ups]}]", "ups is unknown; known are sf, yd"),
        ("variants: [{name: a, warehouse_capacity: {JX: -1}}]", "warehouse_capacity.JX"),
        ("variants: [{name: a, carriers: [sf]}]", "carriers: Extra inputs"),
        ("variants: [{name: a, tariffs: [{carrier: sf}]}]", "either a factor or first_kg_minor"),
        ("variants: [{name: a, tariffs: [{carrier: sf, factor: 0}]}]", "greater than 0"),
        ("variants: [{name: a, without_warehouses: [JX, CD]}]", "leaves no warehouse"),
        ("variants: [{name: a, costs: {fun: 1}}]", "costs: fun is unknown"),
        ("variants: [{name: a, new_warehouses: [{warehouse: JX}]}]", "JX is there already"),
    ],
)
def test_a_faulty_what_if_names_the_place_and_the_mend(
    orderintel: Command, tmp_path: Path, text: str, mend: str
) -> None:
    code, _, said = what_if(orderintel, tmp_path, text, "--out", str(tmp_path / "r.html"))

    assert code == 1
    assert mend in said
    assert not (tmp_path / "r.html").exists()
