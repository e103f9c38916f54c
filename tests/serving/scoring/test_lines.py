"""Each line of an order is answered for where outcomes name lines, online as in batch."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from features.engines.lines_online import LineReader
from features.order import parse
from models.artifacts import load
from serving.console.pages import percent
from serving.scoring.files import score_orders, write_decisions
from serving.scoring.judge import OF_ORDER
from serving.scoring.replay import differences
from tests.serving.scoring.lined import Lined, fashion, served, trained, wardrobe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.embedded


@pytest.fixture(
    scope="module",
    params=[
        "wardrobe",
        pytest.param("fashion", marks=[pytest.mark.real_data, pytest.mark.slow]),
    ],
)
def lined(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lined]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "wardrobe":
        home = wardrobe(folder)
    else:
        data: Callable[[str], Path] = request.getfixturevalue("real_data")
        home = fashion(data("bads_ws1718"), folder)
    yield from served(home)


def test_every_line_gets_the_probability_of_batch_to_the_bit(lined: Lined) -> None:
    rows = lined.in_batch()

    batch = dict(zip(rows.index, lined.predictor.predict_frame(rows), strict=True))

    online = lined.online()
    assert len(online) > 100
    assert lined.n_outcomes > 20
    assert online == batch


def test_lines_of_one_order_are_told_apart(lined: Lined) -> None:
    told = [
        {line["scores"]["return"]["probability"] for line in answer["lines"]}
        for answer in lined.answers.values()
        if len(answer["lines"]) > 1
    ]

    assert sum(len(each) > 1 for each in told) > len(told) / 3


def test_a_service_that_gave_lines_their_orders_values_would_be_noticed(lined: Lined) -> None:
    rows = lined.in_batch()
    shared = rows.copy()
    of_lines = [name for name in rows.columns if name.startswith("line_")]
    first = rows.index.str.rpartition("/").get_level_values(0)
    shared[of_lines] = rows[of_lines].groupby(first).transform("first")

    mixed = dict(zip(rows.index, lined.predictor.predict_frame(shared), strict=True))

    assert lined.online() != mixed


def test_every_decision_with_lines_replays_to_itself(lined: Lined) -> None:
    scorer = lined.service.runtime.scorer
    for key in list(lined.answers)[:40]:
        (stored,) = scorer.store.decisions(key)
        policy = scorer.store.policy(stored.basis["policy"])

        assert differences(stored, policy, scorer.judge) == {}


def test_a_decision_does_not_replay_with_other_lines(lined: Lined) -> None:
    scorer = lined.service.runtime.scorer
    (stored,) = scorer.store.decisions(next(iter(lined.answers)))
    unknown: dict[str, Any] = {line_id: {} for line_id in stored.basis["lines"]}
    other = replace(stored, basis=stored.basis | {"lines": unknown})

    found = differences(other, scorer.store.policy(stored.basis["policy"]), scorer.judge)

    assert set(found) == {"lines"}


def test_the_orders_own_answer_is_what_it_was_without_lines(lined: Lined) -> None:
    """The decision of an order rests on its own probability; lines stand beside it."""
    scorer = lined.service.runtime.scorer
    (stored,) = scorer.store.decisions(next(iter(lined.answers)))
    basis = {name: value for name, value in stored.basis.items() if name != "lines"}
    body = {name: value for name, value in stored.body.items() if name != "lines"}
    alone = replace(stored, basis=basis, body=body)

    assert differences(alone, scorer.store.policy(basis["policy"]), scorer.judge) == {}


def test_the_model_of_orders_is_to_the_bit_what_it_is_without_lines(
    lined: Lined, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = load(lined.home.settings.models_folder / "return")
    monkeypatch.setattr("models.training.lines.is_per_line", lambda *_: False)

    alone = trained(lined.home)

    assert set(both.texts) == {"model.txt", "lines.txt"}
    assert alone.texts == {"model.txt": both.texts["model.txt"]}
    assert both.document == json.loads(json.dumps(alone.document)) | {
        "lines": both.document["lines"]
    }
    assert (both.document["row"], both.document["lines"]["row"]) == ("order", "line")


def test_the_page_of_an_order_shows_its_lines(lined: Lined) -> None:
    client = lined.service.client
    key, answer = next((k, a) for k, a in lined.answers.items() if len(a["lines"]) > 1)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    client.post("/console/login", content=f"key={lined.service.keys['admin']}", headers=form)

    page = client.get(f"/console/orders/{key}?lang=en").text

    shown = [percent(line["scores"]["return"]["probability"]) for line in answer["lines"]]
    table = page.partition("Single lines")[2].partition("</table>")[0]
    assert re.findall(r"[0-9.]+ %", table) == shown


def test_a_state_without_lines_says_so_and_decides(
    lined: Lined, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = lined.home.held_back()[-1]
    document = lined.home.document(row, lined.home.lines()) | {"order_id": "without state"}
    monkeypatch.setattr(lined.service.runtime.scorer.state, "lines", None)

    answer = lined.service.score(document).raise_for_status().json()

    (missing,) = (part for part in answer["degraded"] if part["part"] == "lines")
    assert missing["stood_in"] == OF_ORDER
    assert "restart the service" in missing["why"]
    assert "lines" not in answer
    assert answer["scores"]["return"]["probability"] > 0


def test_a_reader_that_fails_costs_no_order(lined: Lined, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("no window")

    row = lined.home.held_back()[-1]
    document = lined.home.document(row, lined.home.lines()) | {"order_id": "failed"}
    monkeypatch.setattr(LineReader, "read", fails)

    answer = lined.service.score(document).raise_for_status().json()

    assert [p["why"] for p in answer["degraded"] if p["part"] == "lines"] == [
        "failed on this order (RuntimeError)"
    ]
    assert "lines" not in answer


def test_a_file_is_answered_line_by_line_too(lined: Lined, tmp_path: Path) -> None:
    """Orders received before anything new became known are asked about as the service was."""
    lines = lined.home.lines()
    first = lined.home.held_back()[:1]
    rows = [
        lined.service.runtime.scorer.rows(parse(json.dumps(lined.home.document(row, lines))))
        for row in first
    ]

    decisions, missing = score_orders(lined.home.settings, rows)
    write_decisions(tmp_path / "out.parquet", decisions)

    (told,) = pq.read_table(tmp_path / "out.parquet").to_pylist()
    answer = lined.answers[first[0]["order_key"]]
    assert json.loads(told["lines"]) == answer["lines"] != []
    assert told["return_probability"] == answer["scores"]["return"]["probability"]
    assert "lines" not in {part.part for part in missing}
