"""An order replayed through HTTP gets the score of the batch, and a stored decision itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from features.catalogue import declare
from features.engines.batch import compute
from models.errors import ArtifactError
from serving.app import create_app
from serving.runtime import Runtime, open_runtime
from serving.scoring.judge import Judge
from serving.scoring.replay import differences
from tests.serving.server import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from tests.serving.real_home import RealHome

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

PURPOSES = ("risk", "abnormal")


@dataclass(frozen=True)
class Replayed:
    """What a service answered to held-back orders, with outcomes in between."""

    runtime: Runtime
    answers: dict[str, dict[str, Any]]
    n_outcomes: int
    batch: pd.DataFrame


@pytest.fixture(scope="module")
def replayed(card_home: RealHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    """Send every held-back order and outcome to a running service, by when each became known."""
    store = tmp_path_factory.mktemp("replay") / "store.db"
    settings = card_home.settings.model_copy(update={"database_url": f"sqlite:///{store}"})
    runtime = open_runtime(settings)
    key = runtime.keys.create("replay", "admin")
    answers, outcomes = {}, 0
    headers = {"Authorization": f"Bearer {key}"}
    with (
        running(create_app(settings, runtime=runtime)) as address,
        httpx2.Client(base_url=address, headers=headers, timeout=30) as client,
    ):
        for kind, row in card_home.events():
            if kind == "order":
                answer = client.post("/v1/orders/score", json=card_home.document(row, {}))
                answers[row["order_key"]] = answer.raise_for_status().json()
            else:
                client.post("/v1/outcomes", json={"outcomes": [_report(row)]}).raise_for_status()
                outcomes += 1
        yield Replayed(runtime, answers, outcomes, _batch(card_home))


def _report(row: dict[str, Any]) -> dict[str, Any]:
    report = {name: row[name] for name in ("outcome_id", "order_key", "kind", "is_bad")}
    return report | {name: row[name].isoformat() for name in ("occurred_at", "known_at")}


def _batch(home: RealHome) -> pd.DataFrame:
    features = declare(home.whole.profile, purposes=PURPOSES)
    return compute(home.whole, features, placed_from=home.cutoff)


def test_thousands_of_orders_and_dozens_of_outcomes_are_replayed(replayed: Replayed) -> None:
    assert len(replayed.answers) > 2000
    assert replayed.n_outcomes > 20


def test_every_feature_equals_the_batch_to_the_bit(replayed: Replayed) -> None:
    rows = replayed.batch.loc[list(replayed.answers)].to_dict("index")
    names = [f.name for f in declare(replayed.runtime.profile, purposes=PURPOSES)]  # type: ignore[arg-type]  # the home has a history

    wrong = [
        (key, name)
        for key in replayed.answers
        for name, value in replayed.runtime.scorer.store.decisions(key)[0].features.items()
        if value != _known(rows[key][name])
    ]

    assert set(names) <= set(replayed.batch.columns)
    assert wrong == []


def _known(value: Any) -> Any:
    return None if value is None or value != value else value


def test_every_score_equals_the_batch_to_the_bit(replayed: Replayed) -> None:
    predictor = replayed.runtime.scorer.judge.models["fraud"].predictor
    rows = replayed.batch.loc[list(replayed.answers)]

    batch = dict(zip(rows.index, predictor.predict_frame(rows), strict=True))

    wrong = {
        key: (answer["scores"]["fraud"]["probability"], batch[key])
        for key, answer in replayed.answers.items()
        if answer["scores"]["fraud"]["probability"] != batch[key]
    }
    assert wrong == {}


def test_a_service_that_forgets_outcomes_would_be_noticed(replayed: Replayed) -> None:
    features = replayed.batch.loc[list(replayed.answers)]
    blind = features.copy()
    blind.loc[:, [name for name in features.columns if "fraud_count" in name]] = 0.0

    predictor = replayed.runtime.scorer.judge.models["fraud"].predictor

    assert (predictor.predict_frame(features) != predictor.predict_frame(blind)).any()


def test_every_stored_decision_replays_to_itself(replayed: Replayed) -> None:
    scorer = replayed.runtime.scorer
    different = {}
    for key in replayed.answers:
        (stored,) = scorer.store.decisions(key)
        policy = scorer.store.policy(stored.basis["policy"])
        if found := differences(stored, policy, scorer.judge):
            different[key] = found

    assert different == {}


def test_a_decision_does_not_replay_with_another_model(replayed: Replayed) -> None:
    scorer = replayed.runtime.scorer
    (stored,) = scorer.store.decisions(next(iter(replayed.answers)))
    policy = scorer.store.policy(stored.basis["policy"])
    other = {n: replace(model, version="other") for n, model in scorer.judge.models.items()}

    with pytest.raises(ArtifactError, match="load these versions"):
        differences(stored, policy, Judge(models=other))


def test_a_restart_knows_what_the_service_knew(replayed: Replayed, card_home: RealHome) -> None:
    runtime = replayed.runtime
    again = open_runtime(runtime.settings)
    newest = card_home.held_back()[-1]
    moment = newest["received_at"] + timedelta(hours=1)
    asked = newest | {"order_key": "handbook/other/main/new", "order_id": "new"}
    asked |= {"placed_at": moment, "received_at": moment}

    before, _ = runtime.scorer.state.values(asked, [])
    after, _ = again.scorer.state.values(asked, [])

    assert before == after
