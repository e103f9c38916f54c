from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.retraining.repository import RunStore

if TYPE_CHECKING:
    from tests.serving.conftest import Service

REPORT = {
    "period": "2026-02-23",
    "cut": "2026-02-22T16:00:00+00:00",
    "caught_up": [],
    "models": [
        {
            "model": "fraud",
            "title": {"zh": "欺诈与拒付", "en": "fraud and chargebacks"},
            "outcome": "kept",
            "why": {"zh": "<b>样本不足</b>", "en": "<b>too few</b> orders"},
            "judged": None,
            "champion": "",
            "version": "",
            "challengers": [],
        }
    ],
    "drift": {"weeks": [], "false_alarms": 0.01, "quality": {}},
    "seconds": {"fits": 1.5},
}


@pytest.fixture
def reported(service: Service) -> Service:
    store = RunStore(service.runtime.engine)
    store.begin("2026-02-23", 1_000_000)
    store.end("2026-02-23", "done", 2_000_000, REPORT)
    return service


def test_runs_are_listed_with_their_reports(reported: Service) -> None:
    items = reported.call("GET", "/v1/retrainings", role="review").json()["items"]

    assert [(run["period"], run["state"]) for run in items] == [("2026-02-23", "done")]
    assert items[0]["finished_at"] == "1970-01-01T00:00:02Z"
    assert items[0]["report"] == REPORT


def test_a_week_without_a_run_is_not_found(reported: Service) -> None:
    assert reported.call("GET", "/v1/retrainings/2026-03-02").status_code == 404


def test_a_key_that_may_only_score_reads_no_reports(reported: Service) -> None:
    assert reported.call("GET", "/v1/retrainings", role="score").status_code == 403


@pytest.mark.parametrize(("lang", "said"), [("zh", "沿用原模型"), ("en", "kept")])
def test_the_console_lists_runs(reported: Service, lang: str, said: str) -> None:
    reported.client.post("/console/login", data={"key": reported.keys["review"]})

    page = reported.client.get(f"/console/retraining?lang={lang}").text

    assert said in page
    assert "/console/retraining/2026-02-23" in page


def test_a_report_shows_itself_and_nothing_that_was_written_into_it(reported: Service) -> None:
    reported.client.post("/console/login", data={"key": reported.keys["review"]})

    answer = reported.client.get("/console/retraining/2026-02-23")

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "&lt;b&gt;too few&lt;/b&gt;" in answer.text
    assert "<b>" not in answer.text


def test_a_visitor_without_a_key_is_led_to_the_log_in(reported: Service) -> None:
    answer = reported.client.get("/console/retraining/2026-02-23", follow_redirects=False)

    assert answer.headers["location"] == "/console/login"
