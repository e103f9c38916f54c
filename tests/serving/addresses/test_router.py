from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.runtime import open_runtime
from serving.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/v1/addresses/enhance"


class Service:
    """A running service and its key."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"}

    def enhance(self, body: Any) -> Any:
        return self.client.post(PATH, json=body, headers=self.headers)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home: Path = tmp_path_factory.mktemp("home")
    settings = Settings(home=home)
    runtime = open_runtime(settings)
    key = runtime.keys.create("test", "score")
    with TestClient(create_app(settings, runtime=runtime)) as client:
        yield Service(client, key)


def test_an_address_comes_back_resolved(service: Service) -> None:
    answer = service.enhance({"addresses": [{"raw": "上海市浦东新区张江路288弄X栋"}]})

    assert answer.status_code == 200
    place = answer.json()["addresses"][0]
    assert (place["district"], place["street"], place["house"], place["building"]) == (
        "浦东新区", "张江路", "288弄", "X栋",
    )  # fmt: skip
    assert place["precision"] == "building"
    assert len(answer.json()["release"]) == 7


def test_answers_keep_the_order_of_the_questions(service: Service) -> None:
    cities = ["杭州市", "南京市", "成都市"]

    answer = service.enhance({"addresses": [{"raw": city} for city in cities]})

    assert [place["city"] for place in answer.json()["addresses"]] == cities


@pytest.mark.parametrize(
    "raw", ["", "13800138000", "\x00", "路" * 20_000, "<b>", "'; DROP TABLE x"]
)
def test_no_text_breaks_the_service(service: Service, raw: str) -> None:
    answer = service.enhance({"addresses": [{"raw": raw}]})

    assert answer.status_code == 200
    assert answer.json()["addresses"][0]["confidence"] == 0.0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"addresses": []},
        {"addresses": [{"raw": 5}]},
        {"addresses": [{"raw": "x", "country": "china"}]},
        {"addresses": [{"raw": "x", "more": 1}]},
        {"addresses": [{"raw": "x"}] * 1001},
        {"addresses": [{"raw": "x" * 20_001}]},
    ],
)
def test_a_body_that_does_not_fit_is_a_problem_with_pointers(service: Service, body: Any) -> None:
    answer = service.enhance(body)

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["pointer"].startswith("/addresses")


def test_without_a_key_there_is_no_answer(service: Service) -> None:
    assert service.client.post(PATH, json={"addresses": [{"raw": "杭州"}]}).status_code == 401
