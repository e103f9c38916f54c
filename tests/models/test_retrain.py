"""Challengers that must not be let in, each with the reason; and one that must."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from models.artifacts import Artifact, load, save
from models.errors import ArtifactError
from models.estimators.fraud import FRAUD
from models.estimators.predictor import MODEL_FILE
from models.judged_weeks import JudgedWeeks, weeks_to_judge
from models.policy.costs import DecisionPolicy
from models.retrain import Hearing, RetrainConfig, Verdict, best
from models.training.boosting import average_models
from models.training.material import Material
from tests.models.materials import BEGINS, FEATURES, FakeFeature, material

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

DAYS = 300
CUT: datetime = (BEGINS + pd.Timedelta(days=DAYS)).to_pydatetime()


@pytest.fixture(scope="module")
def history() -> Material:
    return material(n_orders=15_000, days=DAYS)


@pytest.fixture(scope="module")
def champion(history: Material) -> Artifact:
    """Give a model from before the shop counted a buyer's orders."""
    uncounted = history.frame.drop(columns="buyer__order_count__1h")
    before = changed(history, frame=uncounted)
    return FRAUD.train(before, cutoff=CUT - timedelta(days=100)).artifact


@pytest.fixture(scope="module")
def weeks(history: Material, champion: Artifact) -> JudgedWeeks:
    return weeks_to_judge(FRAUD, history, CUT, champion.document)


@pytest.fixture(scope="module")
def fresh(history: Material, weeks: JudgedWeeks) -> Artifact:
    return FRAUD.train(history, cutoff=weeks.begins).artifact


def changed(history: Material, **content: Any) -> Material:
    """Copy a material with other contents."""
    made = Material(history.history)
    names = ("features", "definitions", "frame", "orders", "outcomes")
    vars(made).update({name: getattr(history, name) for name in names} | content)
    return made


def heard(
    history: Material, weeks: JudgedWeeks, asking: Artifact | ArtifactError, champion: Artifact
) -> Verdict:
    hearing = Hearing(FRAUD, history, CUT, weeks, DecisionPolicy())
    return hearing.judge({"whole": asking}, champion)[0]


def refused_by(verdict: Verdict) -> set[str]:
    return {finding.check for finding in verdict.refusals}


def test_a_better_challenger_is_let_in(
    history: Material, weeks: JudgedWeeks, fresh: Artifact, champion: Artifact
) -> None:
    verdict = heard(history, weeks, fresh, champion)

    assert refused_by(verdict) == set()
    assert best([verdict]) is verdict
    assert verdict.saved > 0


def test_the_champion_itself_is_no_improvement(
    history: Material, weeks: JudgedWeeks, fresh: Artifact
) -> None:
    verdict = heard(history, weeks, fresh, fresh)

    assert refused_by(verdict) == {"money"}


def with_leak(history: Material, weeks: JudgedWeeks, *, sure: float) -> Material:
    """Add an attribute that is filled in after the outcome, so that recent orders lack it."""
    random = np.random.default_rng(3)
    truth = FRAUD.truth(history, FRAUD.rule(history.profile), CUT + timedelta(days=99))
    told = (truth == 1).to_numpy() & (random.random(len(truth)) < sure)
    told &= (history.orders["placed_at"] < pd.Timestamp(CUT - timedelta(days=7))).to_numpy()
    extra = FakeFeature("attribute__after_sale", zh="售后标记", en="after-sale mark")
    return changed(
        history,
        features=(*FEATURES, extra),
        definitions=history.definitions | {extra.name: f"hash of {extra.name}"},
        frame=history.frame.assign(**{extra.name: told.astype(float)}),
    )


def test_a_feature_that_gives_the_outcome_away_is_refused(
    history: Material, weeks: JudgedWeeks, champion: Artifact
) -> None:
    leaking = with_leak(history, weeks, sure=0.97)
    challenger = FRAUD.train(leaking, cutoff=weeks.begins).artifact

    verdict = heard(leaking, weeks, challenger, champion)

    assert {"leak_alone", "leak_afterwards"} <= refused_by(verdict)
    assert "attribute__after_sale" in verdict.refusals[0].en
    assert "attribute__after_sale" in verdict.refusals[0].zh


def test_a_feature_that_is_filled_in_for_some_only_after_the_outcome_is_refused(
    history: Material, weeks: JudgedWeeks, champion: Artifact
) -> None:
    leaking = with_leak(history, weeks, sure=0.6)
    challenger = FRAUD.train(leaking, cutoff=weeks.begins).artifact

    verdict = heard(leaking, weeks, challenger, champion)

    assert "leak_afterwards" in refused_by(verdict)
    assert "leak_alone" not in refused_by(verdict)


def test_a_challenger_that_learned_from_the_judged_weeks_is_refused(
    history: Material, weeks: JudgedWeeks, champion: Artifact
) -> None:
    challenger = FRAUD.train(history, cutoff=CUT).artifact

    verdict = heard(history, weeks, challenger, champion)

    assert "unseen" in refused_by(verdict)


def test_better_than_validation_promised_is_refused(
    history: Material, weeks: JudgedWeeks, fresh: Artifact, champion: Artifact
) -> None:
    peeking = FRAUD.train(history, cutoff=CUT).artifact
    claims = fresh.document["metrics"] | {
        "metrics": {"auc": {"value": 0.62, "low": 0.60, "high": 0.64}}
    }
    document = peeking.document | {
        "trained_to": fresh.document["trained_to"],
        "data_cutoff": fresh.document["data_cutoff"],
        "metrics": claims,
    }

    verdict = heard(history, weeks, replace(peeking, document=document), champion)

    assert "leak_promise" in refused_by(verdict)


def test_a_challenger_of_old_labels_is_refused(
    history: Material, weeks: JudgedWeeks, champion: Artifact
) -> None:
    challenger = FRAUD.train(history, cutoff=weeks.begins - timedelta(days=60)).artifact

    verdict = heard(history, weeks, challenger, champion)

    assert "labels" in refused_by(verdict)
    labels = next(finding for finding in verdict.refusals if finding.check == "labels")
    assert labels.figure == pytest.approx(67, abs=0.2)
    assert labels.limit == 28


def test_labels_that_stopped_coming_in_are_noticed(
    history: Material, weeks: JudgedWeeks, fresh: Artifact, champion: Artifact
) -> None:
    heard_of = history.outcomes["known_at"] < pd.Timestamp(CUT - timedelta(days=20))
    silent = changed(history, outcomes=history.outcomes[heard_of])

    verdict = heard(silent, weeks, fresh, champion)

    labels = next(finding for finding in verdict.refusals if finding.check == "labels")
    assert "stopped coming in" in labels.en
    assert labels.figure == pytest.approx(20, abs=0.5)


def test_a_segment_whose_labels_were_read_the_wrong_way_round_is_refused(
    history: Material, weeks: JudgedWeeks, fresh: Artifact
) -> None:
    live = history.orders.index[history.orders["channel"] == "live"]
    bad = history.outcomes["order_key"]
    turned = live.difference(pd.Index(bad))
    known = history.orders.loc[turned, "placed_at"] + pd.Timedelta(days=3)
    twisted = pd.DataFrame(
        {"order_key": turned, "kind": "fraud", "is_bad": True, "occurred_at": known.array}
    ).assign(known_at=lambda rows: rows["occurred_at"])
    kept = history.outcomes[~bad.isin(live)]
    misread = changed(history, outcomes=pd.concat([kept, twisted], ignore_index=True))
    challenger = FRAUD.train(misread, cutoff=weeks.begins).artifact

    verdict = heard(history, weeks, challenger, fresh)

    assert "slices" in refused_by(verdict)
    slices = next(finding for finding in verdict.refusals if finding.check == "slices")
    assert "channel: live" in slices.en


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "order__value_minor", "hash": "hash of something else"},
        {"name": "order__unheard_of", "hash": "x"},
    ],
)
def test_another_schema_is_refused_before_anything_else_is_asked(
    history: Material,
    weeks: JudgedWeeks,
    fresh: Artifact,
    champion: Artifact,
    entry: dict[str, str],
) -> None:
    others = [one for one in fresh.document["features"] if one["name"] != "order__value_minor"]
    document = fresh.document | {"features": [entry, *others]}

    verdict = heard(history, weeks, replace(fresh, document=document), champion)

    assert refused_by(verdict) == {"schema"}
    assert entry["name"] in verdict.refusals[0].en


def test_another_models_artifact_is_refused(
    history: Material, weeks: JudgedWeeks, fresh: Artifact, champion: Artifact
) -> None:
    document = fresh.document | {"name": "refund"}

    verdict = heard(history, weeks, replace(fresh, document=document), champion)

    assert refused_by(verdict) == {"integrity"}
    assert "a model of refund, not of fraud" in verdict.refusals[0].en


@pytest.mark.parametrize(
    ("micros", "slower", "is_refused"),
    [
        (400, 1, False),  # as slow as the champion
        (600, 1, True),  # slower than any model may be
        (60, 3.5, False),
        (60, 4.5, True),  # many times the champion
        (20, 6, False),  # and yet never too much
    ],
)
def test_a_slow_challenger_is_refused(
    micros: float,
    slower: float,
    is_refused: bool,
    history: Material,
    weeks: JudgedWeeks,
    fresh: Artifact,
    champion: Artifact,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    costs = count(0)
    timed = 2 * RetrainConfig().n_timed  # the clock is asked before and after each score

    def clock() -> int:
        """Let every score take so much CPU time: the champion is timed first."""
        asked = next(costs)
        return int(asked * 1_000 * micros * (1.0 if asked < timed else slower))

    monkeypatch.setattr("models.retrain.time.thread_time_ns", clock)

    verdict = heard(history, weeks, fresh, champion)

    assert ("latency" in refused_by(verdict)) == is_refused


def test_a_challenger_too_large_for_the_service_is_refused(
    history: Material, weeks: JudgedWeeks, fresh: Artifact, champion: Artifact
) -> None:
    text = average_models([fresh.texts[MODEL_FILE]] * 25)
    padded = text + " " * 25_000_000

    verdict = heard(history, weeks, replace(fresh, texts={MODEL_FILE: padded}), champion)

    assert "size" in refused_by(verdict)
    assert {"size", "latency", "money"} >= refused_by(verdict)


def test_a_challenger_that_was_changed_on_disk_is_refused(
    history: Material, weeks: JudgedWeeks, fresh: Artifact, champion: Artifact, tmp_path: Path
) -> None:
    save(tmp_path / "fraud", fresh)
    text = (tmp_path / "fraud" / MODEL_FILE).read_text()
    (tmp_path / "fraud" / MODEL_FILE).write_text(text.replace("leaf_value=", "leaf_value=-", 1))
    with pytest.raises(ArtifactError) as raised:
        load(tmp_path / "fraud")

    verdict = heard(history, weeks, raised.value, champion)

    assert refused_by(verdict) == {"integrity"}
    assert "changed since it was saved" in verdict.refusals[0].en


def test_every_reason_is_said_in_both_languages(
    history: Material, weeks: JudgedWeeks, fresh: Artifact, champion: Artifact
) -> None:
    verdict = heard(history, weeks, fresh, champion)

    for finding in verdict.findings:
        assert finding.en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in finding.zh), finding.check
