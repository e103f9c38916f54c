from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from geopy.exc import ConfigurationError
from pydantic import SecretStr

from features.durations import DAY_US, SECOND_US
from serving.geocoders.breaker import FAILURES, FIRST_PAUSE
from serving.geocoders.chain import Geocoders, Question
from serving.geocoders.register import configured
from serving.geocoders.repository import GeocodeStore
from serving.settings import Settings
from serving.store.cipher import unlock
from serving.store.engine import open_engine
from serving.store.tables import METADATA
from serving.store.vault import Vault
from tests.serving.conftest import Clock
from tests.serving.geocoders.replay import AMAP, GOOD

if TYPE_CHECKING:
    from tests.serving.geocoders.replay import Script

QUESTION = Question("demo", "西湖区文三路398号", None, "CN", "h1:question")
AMAP_QUOTA = {"status": "0", "infocode": "10003", "info": "DAILY_QUERY_OVER_LIMIT"}
AMAP_KEY = {"status": "0", "infocode": "10001", "info": "INVALID_USER_KEY"}
AMAP_PACE = {"status": "0", "infocode": "10021", "info": "CUQPS_HAS_EXCEEDED_THE_LIMIT"}
NOTHING = AMAP | {"geocodes": []}


class Desk:
    """Providers at a replaying server, with a store that outlives them."""

    def __init__(self, script: Script, *keys: str, **settings: Any) -> None:
        self.clock = Clock()
        engine = open_engine("sqlite://")
        METADATA.create_all(engine)
        unlocked = unlock(engine, b"secret", at=self.clock())
        self.store = GeocodeStore(unlocked, Vault(b"secret"))
        given: dict[str, Any] = {f"{name}_key": "k" for name in keys}
        urls = dict.fromkeys(("amap", "baidu", "tencent", "google"), script.url)
        self._settings = Settings.model_validate({"geocoder_urls": urls, **given, **settings})
        self.geocoders = self.started()

    def started(self) -> Geocoders:
        """Give the providers as a new process has them."""
        return Geocoders(configured(self._settings), self.store, self.clock, sleep=lambda _: None)

    def ask(self, **changes: Any) -> Any:
        parts = {name: getattr(QUESTION, name) for name in Question.__slots__}
        return self.geocoders.ask(Question(**(parts | changes)))


def test_the_first_good_answer_ends_the_asking(script: Script) -> None:
    desk = Desk(script, "amap", "baidu")

    answers = desk.ask()

    assert [place.provider for place in answers.found] == ["amap"]
    assert script.calls("baidu") == 0


def test_two_good_answers_are_collected_where_two_are_wanted(script: Script) -> None:
    desk = Desk(script, "amap", "baidu", "tencent")

    answers = desk.ask(n_wanted=2)

    assert [place.provider for place in answers.found] == ["amap", "baidu"]


def test_a_vague_answer_is_kept_and_the_next_provider_is_asked(script: Script) -> None:
    script.answers["amap"] = AMAP | {"geocodes": [AMAP["geocodes"][0] | {"level": "区县"}]}
    desk = Desk(script, "amap", "tencent")

    answers = desk.ask()

    assert [(place.provider, place.level) for place in answers.found] == [
        ("amap", 4), ("tencent", 7),
    ]  # fmt: skip


def test_an_answer_is_asked_for_once_within_its_life(script: Script) -> None:
    desk = Desk(script, "amap", geocoder_cache_days={"amap": 2})
    first = desk.ask()

    desk.clock.advance(2 * 86_400 - 1)
    again = desk.ask()

    assert again.found == first.found
    assert script.calls("amap") == 1


def test_an_answer_is_asked_for_anew_after_its_life(script: Script) -> None:
    desk = Desk(script, "amap", geocoder_cache_days={"amap": 2})
    desk.ask()

    desk.clock.advance(2 * 86_400)
    desk.ask()

    assert script.calls("amap") == 2


def test_that_nothing_was_found_is_kept_too(script: Script) -> None:
    script.answers["amap"] = NOTHING
    desk = Desk(script, "amap")

    assert (desk.ask().found, desk.ask().found) == ([], [])
    assert script.calls("amap") == 1


def test_another_merchant_does_not_read_the_cache(script: Script) -> None:
    desk = Desk(script, "amap")
    desk.ask()

    desk.ask(merchant_id="other")

    assert script.calls("amap") == 2


def test_the_ledger_of_a_day_outlives_the_process(script: Script) -> None:
    desk = Desk(script, "amap", geocoder_daily={"amap": 1})
    desk.ask(key="h1:one")

    desk.geocoders = desk.started()
    answers = desk.ask(key="h1:two")

    assert answers.failures == {"amap": "quota used up"}
    assert answers.retry_at is None
    assert script.calls("amap") == 1


def test_the_ledger_begins_anew_with_the_providers_day(script: Script) -> None:
    desk = Desk(script, "amap", geocoder_daily={"amap": 1})
    desk.ask(key="h1:one")

    desk.clock.at += DAY_US
    answers = desk.ask(key="h1:two")

    assert len(answers.found) == 1


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("amap", AMAP_QUOTA),
        ("baidu", {"status": 302, "message": "天配额超限，限制访问"}),
        ("tencent", {"status": 121, "message": "此key每日调用量已达到上限"}),
    ],
)
def test_a_used_up_quota_is_not_asked_again_that_day(
    script: Script, name: str, answer: Any
) -> None:
    script.answers[name] = answer
    desk = Desk(script, name)

    answers = desk.ask(key="h1:one")
    desk.geocoders = desk.started()
    desk.ask(key="h1:two")

    assert answers.retry_at is None
    assert script.calls(name) == 1


def test_a_refused_key_is_not_tried_again(script: Script) -> None:
    script.answers["amap"] = AMAP_KEY
    desk = Desk(script, "amap", "tencent")

    answers = desk.ask(key="h1:one")
    desk.ask(key="h1:two")

    assert answers.failures == {"amap": "GeocoderAuthenticationFailure"}
    assert [place.provider for place in answers.found] == ["tencent"]
    assert (script.calls("amap"), answers.retry_at) == (1, None)


def test_too_many_a_second_is_worth_another_try_later(script: Script) -> None:
    script.answers["amap"] = AMAP_PACE
    desk = Desk(script, "amap")

    answers = desk.ask()
    script.answers["amap"] = GOOD["amap"]
    held = desk.ask()
    desk.clock.advance(60)

    assert answers.retry_at == desk.clock.at
    assert held.failures == {"amap": "held back"}
    assert len(desk.ask().found) == 1


def test_the_time_that_a_provider_names_is_kept(script: Script) -> None:
    script.answers["amap"] = 429
    script.headers = {"Retry-After": "7"}
    desk = Desk(script, "amap")

    assert desk.ask().retry_at == desk.clock.at + 7 * SECOND_US


def test_a_provider_that_is_down_is_left_alone_after_some_failures(script: Script) -> None:
    script.answers["amap"] = {"status": "0", "infocode": "10016", "info": "SERVER_IS_BUSY"}
    desk = Desk(script, "amap")

    for number in range(FAILURES + 2):
        desk.ask(key=f"h1:{number}")

    assert script.calls("amap") == FAILURES
    desk.clock.at += FIRST_PAUSE
    script.answers["amap"] = AMAP
    assert len(desk.ask(key="h1:later").found) == 1


def test_every_call_is_counted_also_one_that_fails(script: Script) -> None:
    script.answers["amap"] = b"garbage"
    desk = Desk(script, "amap")

    desk.ask(key="h1:one")
    desk.ask(key="h1:two")

    day = desk.geocoders.providers[0].terms.day(desk.clock())
    assert desk.store.calls("amap", day) == (2, 2, False)


def test_all_providers_down_is_an_answer_and_no_error(script: Script) -> None:
    script.fail_all(500)
    desk = Desk(script, "amap", "baidu", "tencent")

    answers = desk.ask()

    assert answers.found == []
    assert set(answers.failures) == {"amap", "baidu", "tencent"}


def test_an_address_abroad_goes_to_those_who_know_it(script: Script) -> None:
    desk = Desk(script, "amap", "google")

    answers = desk.ask(country="US")

    assert [place.provider for place in answers.found] == ["google"]
    assert script.calls("amap") == 0


def test_a_city_that_is_known_goes_along(script: Script) -> None:
    desk = Desk(script, "baidu")

    desk.ask(city="杭州市")

    assert script.asked[0][1]["city"] == "杭州市"
    assert script.asked[0][1]["address"] == QUESTION.text


def test_an_unknown_provider_in_a_setting_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'bing'"):
        configured(Settings(geocoder_urls={"bing": "https://maps.example.com"}))


def test_settings_do_not_show_keys() -> None:
    settings = Settings(amap_key=SecretStr("k-3c1f9a7e52"))

    assert "k-3c1f9a7e52" not in repr(settings)
