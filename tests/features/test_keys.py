"""Keys link spellings of one thing and nothing else; Python and SQL twins agree."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.keys import (
    channel_scoped,
    ip_network,
    keyed_hash,
    keyed_hash_sql,
    normal_email,
    normal_ip,
    normal_phone,
    normal_text,
    order_key,
    sku_set_key,
    sku_set_sql,
)

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


def test_order_keys_cannot_collide_over_their_parts() -> None:
    assert order_key("a", "b", "c/d", "e") != order_key("a", "b", "c", "d/e")
    assert order_key("a", "b", "c", "50%2F") != order_key("a", "b", "c", "50/")


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=100), TEXTS, TEXTS)
def test_the_hash_of_sql_is_the_hash_of_python(secret: bytes, kind: str, text: str) -> None:
    with duckdb.connect() as connection:
        sql = keyed_hash_sql(secret, kind, "v")
        (row,) = connection.execute(f"SELECT {sql} FROM (SELECT $1 AS v)", [text]).fetchall()

    assert row[0] == keyed_hash(secret, kind, text)


def test_a_missing_value_has_no_hash() -> None:
    with duckdb.connect() as connection:
        sql = keyed_hash_sql(b"s", "phone", "NULL::VARCHAR")
        assert connection.execute(f"SELECT {sql}").fetchall() == [(None,)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), TEXTS), st.integers(1, 99)), max_size=6))
def test_the_basket_key_of_sql_is_that_of_python(lines: list[tuple[str | None, int]]) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE line (order_key TEXT, sku TEXT, quantity BIGINT)")
        for sku, quantity in lines:
            connection.execute("INSERT INTO line VALUES ('o', $1, $2)", [sku, quantity])
        rows = connection.execute(sku_set_sql("line")).fetchall()

    expected = sku_set_key(lines)
    assert rows == ([("o", expected)] if expected else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13800000000", "+8613800000000"),
        ("+86 138-0000-0000", "+8613800000000"),
        ("0086-13800000000", "+8613800000000"),
        ("8613800000000", "+8613800000000"),
        ("13800000000转123", "+8613800000000"),
        ("021-5555 6666", "+862155556666"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("138****0000", "138****0000"),
        ("110", None),
        ("none", None),
        ("", None),
    ],
)
def test_phones(text: str, expected: str | None) -> None:
    assert normal_phone(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A.Nna+x@GMAIL.com", "anna@gmail.com"),
        ("a.nna@qq.com", "a.nna@qq.com"),
        ("＠qq.com", None),
        ("anna@localhost", None),
    ],
)
def test_emails(text: str, expected: str | None) -> None:
    assert normal_email(text) == expected


@pytest.mark.parametrize(
    ("text", "address", "network"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("2001:DB8::1", "2001:db8::1", "2001:db8::/48"),
        ("3405803783", "203.0.113.7", "203.0.113.0/24"),
        ("999.1.1.1", None, None),
        ("99999999999999999999999999999999999999999", None, None),
    ],
)
def test_ip_addresses(text: str, address: str | None, network: str | None) -> None:
    assert normal_ip(text) == address
    assert ip_network(text) == network


def test_ids_of_two_channels_do_not_link() -> None:
    assert channel_scoped("ebay", "7") != channel_scoped("jd", "7")
    assert channel_scoped("jd", "h1:abc") == "h1:abc"


def test_blank_text_is_no_text() -> None:
    assert normal_text(" \u3000 ") is None
