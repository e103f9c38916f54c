"""Canonical orders: what is refused and why, and that rows survive the way through them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import OrderError
from features.keys import keyed_hash
from features.order import Place, Terms, parse, to_document, to_rows, without_personal

SECRET = b"a secret of the tests"
TERMS = Terms(secret=SECRET, base_currency="CNY")
NOW = 1_772_354_105_000_000


def line(**changes: Any) -> dict[str, Any]:
    return {"line_id": "1", "title": "Tea", "quantity": 2, "seller_sku": "TEA"} | changes


def document(**changes: Any) -> dict[str, Any]:
    return {
        "schema_version": "1",
        "merchant_id": "acme",
        "channel": "shopify",
        "shop_id": "eu",
        "order_id": "1001",
        "event": "created",
        "revision": "7",
        "placed_at": "2026-03-01T08:30:00.123456Z",
        "updated_at": "2026-03-01T08:30:01Z",
        "status": "paid",
        "status_raw": "paid",
        "payment_status": "paid",
        "amounts": {"grand_total": {"minor": 1999, "currency": "CNY"}},
        "payment": {"method": "card", "cod": False},
        "lines": [line()],
    } | changes


def rows(terms: Terms = TERMS, **changes: Any) -> dict[str, Any]:
    return to_rows(parse(document(**changes)), terms, received_at=NOW).order


def problems(order: Any) -> dict[str, str]:
    with pytest.raises(OrderError) as refusal:
        parse(order)
    return dict(refusal.value.problems)


@pytest.mark.parametrize(
    ("changes", "place", "mend"),
    [
        ({"order_id": 12345678901234567890}, "/order_id", "ids lose digits as numbers"),
        ({"lines": []}, "/lines", "an order needs at least one line"),
        ({"placed_at": "2026-02-30T00:00:00Z"}, "/placed_at", "not a possible instant"),
        ({"placed_at": "2026-02-03T00:00:00"}, "/placed_at", "RFC 3339"),
        ({"placed_at": 1772354105}, "/placed_at", "RFC 3339 text"),
        ({"placed_at": "1601-01-01T00:00:00Z"}, "/placed_at", "between the years"),
        (
            {"amounts": {"grand_total": {"minor": -5, "currency": "CNY"}}},
            "/amounts/grand_total/minor",
            "is negative",
        ),
        (
            {"amounts": {"grand_total": {"minor": 19.99, "currency": "CNY"}}},
            "/amounts/grand_total/minor",
            "not a whole number",
        ),
        (
            {"amounts": {"grand_total": {"minor": 5, "currency": "ABC"}}},
            "/amounts/grand_total/currency",
            "not a currency of ISO 4217",
        ),
        ({"colour": "red"}, "/colour", "own columns go under /attributes"),
        ({"lines": [line(quantity=0)]}, "/lines/0/quantity", "greater than or equal to 1"),
        ({"lines": [line(), line()]}, "/lines/1/line_id", "duplicate id"),
        (
            {"lines": [line(unit_price={"minor": 5, "currency": "USD"})]},
            "/lines/0/unit_price/currency",
            "not the currency of the order: convert it to CNY",
        ),
        (
            {"shipping_address": {"country": "CN", "lat": 31.2, "lon": 121.4}},
            "/shipping_address/coord_sys",
            "say which datum",
        ),
        (
            {"payment": {"method": "card", "cod": False, "method_raw": "4242424242424242"}},
            "/payment/method_raw",
            "full card number",
        ),
        ({"notes": {"buyer": "card 5555-5555-5555-4444"}}, "/notes/buyer", "full card number"),
        ({"attributes": {"age": [1]}}, "/attributes/age", ""),
    ],
)
def test_a_fault_is_named_with_its_place_and_mend(
    changes: dict[str, Any], place: str, mend: str
) -> None:
    assert mend in problems(document(**changes))[place]


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        ("China", "use the two-letter code CN"), ("中国", "use the two-letter code CN"),
        ("CHN", "use the two-letter code CN"), ("United States", "use the two-letter code US"),
        ("cn", "use the two-letter code CN"), ("Atlantis", "use one such as CN, or null"),
    ],
)  # fmt: skip
def test_a_country_by_its_name_is_answered_with_its_code(said: str, mend: str) -> None:
    order = document(shipping_address={"country": said})

    assert mend in problems(order)["/shipping_address/country"]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_not_finite_is_refused(literal: str) -> None:
    text = json.dumps(document(attributes={"age": 1})).replace('"age": 1', f'"age": {literal}')

    assert "/attributes/age" in problems(text)


def test_every_fault_is_told_at_once() -> None:
    order = document(order_id=7, lines=[], placed_at="yesterday")

    assert {"/order_id", "/lines", "/placed_at"} <= set(problems(order))


def test_a_hash_whose_digits_look_like_a_card_number_is_none() -> None:
    looks_like_one = "h1:4242424242424242" + "a" * 16
    payment = {"method": "card", "cod": False, "reference_hash": looks_like_one}

    parsed = parse(document(payment=payment))

    assert parsed.payment.reference_hash == looks_like_one


@pytest.mark.parametrize(
    ("value", "mend"),
    [
        ("NaN", "is not a finite number"),
        ("1e999", "is not a finite number"),
        ("[1]", "is neither a number nor true or false nor a short text"),
    ],
)
def test_an_own_attribute_that_cannot_be_has_one_fault(value: str, mend: str) -> None:
    text = json.dumps(document(attributes={"x": "@"})).replace('"@"', value)

    with pytest.raises(OrderError) as refused:
        parse(text)

    assert [place for place, _ in refused.value.problems] == ["/attributes/x"]
    assert refused.value.problems[0][1].startswith(mend)


def test_a_card_number_is_not_repeated_in_the_refusal() -> None:
    order = document(notes={"buyer": "4242 4242 4242 4242"})

    assert "4242" not in problems(order)["/notes/buyer"]


def test_an_order_without_lines_or_summary_is_refused() -> None:
    order = document()
    del order["lines"]

    assert problems(order)["/lines"] == "is missing: an order needs at least one line"


def test_lines_may_be_left_out_with_a_summary() -> None:
    order = rows(lines=None, line_summary={"n_lines": 3})

    assert (order["n_lines"], order["n_units"], order["sku_set_key"]) == (3, None, None)


def test_personal_fields_become_the_hashes_an_import_makes() -> None:
    order = rows(
        buyer={"buyer_key": "u1", "email": "A.B@Example.org", "phone": "138 0000 0000"},
        session={"ip": "203.0.113.77", "device_id": "D-1"},
    )

    assert order["phone_key"] == keyed_hash(SECRET, "phone", "+8613800000000")
    assert order["email_key"] == keyed_hash(SECRET, "email", "a.b@example.org")
    assert order["email_domain"] == "example.org"
    assert order["ip_key"] == keyed_hash(SECRET, "ip", "203.0.113.77")
    assert order["ip24_key"] == keyed_hash(SECRET, "ip24", "203.0.113.0/24")
    assert order["device_key"] == keyed_hash(SECRET, "device", "D-1")
    assert order["buyer_key"] == keyed_hash(SECRET, "buyer", "shopify:u1")


def test_hashes_pass_through() -> None:
    digest = "h1:" + "a" * 32
    order = rows(buyer={"buyer_key": digest, "phone_hash": digest}, entities={"terminal": digest})

    assert order["buyer_key"] == order["phone_key"] == order["entity__terminal"] == digest


def test_raw_values_are_given_apart_and_nowhere_else() -> None:
    order = document(
        buyer={"name": "Li Lei", "phone": "13800000000"},
        shipping_address={"country": "CN", "name": "Li Lei", "line": "Wensan Road 1"},
        session={"ip": "203.0.113.77", "device_id": "D-1", "user_agent": "Mozilla"},
        notes={"buyer": "ring Li Lei"},
    )
    parsed = parse(order)
    flat = to_rows(parsed, TERMS, received_at=NOW)
    rest = json.dumps([flat.order, flat.lines, without_personal(parsed, flat, SECRET)])

    assert {value for _, value in flat.personal.values()} == {
        "Li Lei",
        "13800000000",
        "Wensan Road 1",
        "203.0.113.77",
        "D-1",
    }
    for raw in ("Li Lei", "13800000000", "Wensan", "203.0.113", "D-1", "Mozilla"):
        assert raw not in rest


def test_the_kept_document_names_people_by_the_keys_of_the_row() -> None:
    parsed = parse(
        document(
            buyer={"buyer_key": "u1", "phone": "138 0000 0000", "email": "***"},
            payment={"method": "card", "cod": False, "reference": "acct-17"},
            session={"ip": "203.0.113.77"},
        )
    )
    flat = to_rows(parsed, TERMS, received_at=NOW)

    kept = without_personal(parsed, flat, SECRET)

    assert kept["buyer"] == {
        "buyer_key": keyed_hash(SECRET, "buyer", "shopify:u1"),
        "phone_hash": keyed_hash(SECRET, "phone", "+8613800000000"),
    }
    assert kept["payment"]["reference_hash"] == keyed_hash(SECRET, "payment", "acct-17")
    assert kept["session"] == {"ip_hash": keyed_hash(SECRET, "ip", "203.0.113.77")}


@pytest.mark.parametrize(
    ("amounts", "value"),
    [
        ({"grand_total": {"minor": 1999, "currency": "CNY"}}, 1999),
        ({"grand_total": {"minor": 1000, "currency": "USD"}, "fx_rate": 7.1}, 7100),
        ({"grand_total": {"minor": 1000, "currency": "JPY"}, "fx_rate": 0.0485}, 4850),
        ({"grand_total": {"minor": 1000, "currency": "USD"}}, None),
        (
            {
                "grand_total": {"minor": 1000, "currency": "USD"},
                "grand_total_base": {"minor": 7200, "currency": "CNY"},
            },
            7200,
        ),
        ({}, None),
    ],
)
def test_value_is_in_the_base_currency_or_unknown(
    amounts: dict[str, Any], value: int | None
) -> None:
    assert rows(amounts=amounts)["value_minor"] == value


def test_a_base_amount_in_another_currency_is_refused() -> None:
    amounts = {"grand_total_base": {"minor": 1, "currency": "USD"}}

    with pytest.raises(OrderError, match="convert the amount to CNY"):
        rows(amounts=amounts)


def test_an_attribute_of_another_type_is_refused() -> None:
    terms = Terms(secret=SECRET, attribute_types={"attribute__age": "float"})

    with pytest.raises(OrderError, match="/attributes/age"):
        rows(terms, attributes={"age": "old"})


@pytest.mark.parametrize(
    ("promos", "spent"), [(None, None), ([], 0), ([{"code": "A", "amount": None}], None)]
)
def test_no_promotion_is_a_known_zero_and_silence_is_not(
    promos: list[dict[str, Any]] | None, spent: int | None
) -> None:
    given_ = promos and [{"kind": "coupon", "funded_by": "seller"} | promo for promo in promos]

    assert rows(promos=given_ if promos else promos)["promo_minor"] == spent


def test_a_masked_address_links_by_its_handle() -> None:
    order = rows(shipping_address={"country": "CN", "platform_handle": "oaid-9", "masked": True})

    assert order["address_unit_key"] == keyed_hash(SECRET, "address_unit", "oaid-9")


def test_a_resolved_line_fills_what_the_channel_left_open() -> None:
    place = Place(unit="u", road="r", region="浙江省", adcode="330106", lat=30.2, lon=120.1)
    terms = Terms(secret=SECRET, locate=lambda _: place)

    order = rows(
        terms,
        shipping_address={"country": "CN", "region": "浙江", "line": "x", "adcode": "330100"},
    )

    assert order["address_unit_key"] == keyed_hash(SECRET, "address_unit", "u")
    assert order["address_building_key"] is None
    assert order["ship_region"] == "浙江省"
    assert (order["ship_adcode"], order["ship_lat"]) == ("330100", 30.2)


def test_an_address_without_a_line_is_not_resolved() -> None:
    terms = Terms(secret=SECRET, locate=lambda _: Place(adcode="330106"))

    assert rows(terms, shipping_address={"country": "CN", "city": "杭州市"})["ship_adcode"] is None


def test_a_shifted_point_comes_home_to_wgs84() -> None:
    shifted = {"country": "CN", "lat": 39.90874, "lon": 116.39713, "coord_sys": "gcj02"}

    order = rows(shipping_address=shifted)

    assert round(order["ship_lat"], 5), round(order["ship_lon"], 5) == (39.90734, 116.39089)


AMOUNT = st.none() | st.integers(0, 2**53 - 1)
TEXT = st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF), max_size=30)
HASH = st.none() | st.from_regex(r"h1:[0-9a-f]{32}", fullmatch=True)
AT = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 hypothesis wants naive bounds
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
LINKS = ["buyer", "phone", "email", "ip", "ip24", "device", "payment"]
LINKS += ["address_unit", "address_building", "address_road"]
KEYS = [f"{name}_key" for name in LINKS]

ORDER_ROWS = st.fixed_dictionaries(
    {"placed_at": AT, "received_at": AT, "revision": st.just("1")},
    optional={
        **dict.fromkeys(KEYS, HASH),
        **dict.fromkeys(
            ("items_minor", "discount_minor", "shipping_minor", "tax_minor", "total_minor"), AMOUNT
        ),
        "value_minor": AMOUNT,
        "currency": st.sampled_from([None, "CNY", "JPY", "KWD"]),
        "promo_code": TEXT,
        "promo_minor": AMOUNT,
        "paid_at": st.none() | AT,
        "account_created_at": st.none() | AT,
        "utc_offset_min": st.none() | st.integers(-840, 840),
        "status": st.sampled_from([None, "paid", "cancelled"]),
        "payment_method": st.sampled_from([None, "card", "unknown"]),
        "is_cod": st.none() | st.booleans(),
        "platform_risk": st.sampled_from([None, "none", "locked"]),
        "ship_country": st.sampled_from([None, "CN", "DE"]),
        "ship_region": TEXT,
        "ship_lat": st.none() | st.floats(-90, 90),
        "ship_lon": st.none() | st.floats(-180, 180),
        "ship_precision": st.none() | st.integers(0, 9),
        "bill_country": st.sampled_from([None, "US"]),
        "email_domain": TEXT,
        "client": st.sampled_from([None, "app"]),
        "n_lines": st.none() | st.integers(0, 20),
        "n_units": st.none() | st.integers(0, 99),
        "attribute__age": st.floats(-1e9, 1e9),
        "attribute__colour": st.sampled_from(["red", ""]),
        "attribute__is_new": st.booleans(),
        "entity__terminal": st.from_regex(r"h1:[0-9a-f]{32}", fullmatch=True),
    },
)
LINE_ROWS = st.lists(
    st.fixed_dictionaries(
        {"line_id": st.uuids().map(str), "quantity": st.integers(1, 99)},
        optional={
            "sku": st.none() | st.sampled_from(["A", "B"]),
            "product_id": st.none() | st.just("P"),
            "title": TEXT,
            "category": st.sampled_from([None, "tea", "tea > green"]),
            "unit_price_minor": AMOUNT,
            "discount_minor": AMOUNT,
            "total_minor": AMOUNT,
            "is_gift": st.none() | st.booleans(),
            "weight_g": st.none() | st.integers(0, 10**6),
            "series_id": st.none() | st.just("S"),
        },
    ),
    max_size=3,
    unique_by=lambda row: row["line_id"],
)


@settings(max_examples=60, deadline=None)
@given(order=ORDER_ROWS, lines=LINE_ROWS)
def test_a_row_survives_the_way_through_its_document(
    order: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    identity = {
        "order_key": "acme/other/eu/1",
        "merchant_id": "acme",
        "channel": "other",
        "shop_id": "eu",
        "order_id": "1",
    }
    row = identity | order

    text = json.dumps(to_document(row, lines, base_currency="CNY"), ensure_ascii=False)
    back = to_rows(parse(text), TERMS, received_at=NOW)

    wanted = {name: _plain(value) for name, value in row.items()}
    # A total in the base currency is its own value.
    if row.get("value_minor") is None and row.get("currency") == "CNY":
        wanted["value_minor"] = row.get("total_minor")
    assert {name: back.order.get(name) for name in wanted} == wanted
    for one, again in zip(lines, back.lines, strict=True):
        assert {name: again[name] for name in one} == one


def _plain(value: Any) -> Any:
    from features.order import microseconds

    return microseconds(value) if isinstance(value, datetime) else value


def test_what_names_nobody_links_no_orders() -> None:
    order = rows(
        buyer={"buyer_key": "t**1", "phone": "******12"},
        payment={"method": "card", "cod": False, "reference": "null"},
        entities={"till": "-", "room": "7"},
    )

    assert [order.get(key) for key in ("buyer_key", "phone_key", "payment_key")] == [None] * 3
    assert "entity__till" not in order
    assert order["entity__room"].startswith("h1:")
