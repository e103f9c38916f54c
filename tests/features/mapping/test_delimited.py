"""One damaged line costs that line alone, and what does not fit the mapping names the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.errors import ImportRefusedError
from tests.features.mapping.importing import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "".join(f"{n},2026-03-01,{n},t\n" for n in range(10, 40))


def imported(text: str | bytes, root: Path, file: str = "o.csv") -> Outcome:
    raw = text.encode() if isinstance(text, str) else text
    (root / "o.csv").write_bytes(raw)
    return run(
        f"""
        version: 1
        name: shop
        files: {{rows: {file}}}
        orders:
          from: rows
          columns: {{order_id: id, placed_at: at, total_minor: total}}
          attributes: {{title: {{type: text, column: title}}}}
        """,
        root,
    )


def table(body: str) -> str:
    return "id,at,total,title\n" + body


@pytest.mark.parametrize(
    "line",
    [
        '1,2026-03-01,5,"never closed',
        '1,"never closed,5,t',
        '1,2026-03-01,5,"6"" closed wrongly',
        "1,2026-03-01,5",
        "1,2026-03-01,5,t,more",
    ],
)
def test_a_damaged_line_is_counted_and_the_lines_behind_it_are_read(
    line: str, tmp_path: Path
) -> None:
    found = imported(table(f'{line}\n{GOOD}2,2026-03-01,5,"closed"\n'), tmp_path)

    assert len(found.orders) == 31
    ((cause),) = found.report.left_out
    assert (cause.count, cause.example) == (1, "o.csv line 2")


def test_a_file_that_was_cut_within_a_quote_tells_of_its_last_line(tmp_path: Path) -> None:
    found = imported(table(GOOD + '9,2026-03-01,"1,2'), tmp_path)

    assert len(found.orders) == 30
    assert found.report.left_out[0].example == "o.csv line 32"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('1,2026-03-01,5,Screen 6" wide', 'Screen 6" wide'),
        ('1,2026-03-01,5,"Screen 6"" wide"', 'Screen 6" wide'),
        ('1,2026-03-01,5,"6" wide"', '6 wide"'),
        ('1,2026-03-01,5,"a, b\nc"', "a, b\nc"),
        ("1,2026-03-01,5,t,,,", "t"),
        ('1, 2026-03-01, 5, "a, b"', "a, b"),
    ],
)
def test_quotes_line_breaks_and_empty_columns_are_read(
    line: str, title: str, tmp_path: Path
) -> None:
    found = imported(table(f"{line}\n"), tmp_path)

    assert found.orders[0]["attribute__title"] == title
    assert not found.report.left_out


def test_lines_that_end_early_are_filled_where_the_mapping_says_so(tmp_path: Path) -> None:
    text = table("1,2026-03-01,5\n2,2026-03-01,6,t\n3,2026-03-01\n")

    with pytest.raises(ImportRefusedError, match="write `short_lines: fill`"):
        imported(text, tmp_path)
    found = imported(text, tmp_path, "{path: o.csv, short_lines: fill}")

    assert [o["total_minor"] for o in found.orders] == [500, 600, None]


def test_a_line_is_named_as_an_editor_counts_it(tmp_path: Path) -> None:
    found = imported(table('1,2026-03-01,5,"a\nb"\n\n,,,\n2,2026-03-01,5\n3,x,5,t\n'), tmp_path)

    assert [cause.example for cause in found.report.left_out] == ["o.csv line 6", "o.csv line 7"]


def test_names_that_differ_in_case_alone_are_two_columns(tmp_path: Path) -> None:
    found = imported("id,ID,at,total,title,Title\n1,x,2026-03-01,5,A,B\n", tmp_path)

    assert [(o["order_id"], o["attribute__title"]) for o in found.orders] == [("1", "A")]


def test_names_are_found_over_line_breaks(tmp_path: Path) -> None:
    found = imported('"id\t","at ",total,"\ntitle"\n1,2026-03-01,5,A\n', tmp_path)

    assert found.orders[0]["attribute__title"] == "A"


def test_nothing_is_quoted_where_the_mapping_says_so(tmp_path: Path) -> None:
    file = '{path: o.csv, quote: "", delimiter: "\\t"}'

    found = imported('id\tat\ttotal\ttitle\n1\t2026-03-01\t5\t"A" lamp\n', tmp_path, file)

    assert found.orders[0]["attribute__title"] == '"A" lamp'


@pytest.mark.parametrize(
    ("written", "read", "said"),
    [
        ("utf-8", "gbk", "write `encoding: utf-8`"),
        ("utf-8-sig", "gbk", "it reads '.*' in utf-8"),
        ("gb18030", "latin-1", "write `encoding: gbk`"),
    ],
)
def test_a_header_in_another_encoding_names_it(
    written: str, read: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "o.csv").write_bytes("单号,下单时间\n1,2026-03-01\n".encode(written))

    with pytest.raises(ImportRefusedError, match=said):
        run(
            f"""
            version: 1
            name: shop
            files: {{rows: {{path: o.csv, encoding: {read}}}}}
            orders: {{from: rows, columns: {{order_id: 单号, placed_at: 下单时间}}}}
            """,
            tmp_path,
        )


def test_utf_16_without_a_mark_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="write `encoding: utf-16-le`"):
        imported("id,at\n", tmp_path, "{path: o.csv, encoding: utf-16}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Orders of March,,,\n\nid,at,total,title\n1,2026-03-01,5,t\n", "write `skip: 2`"),
        ("id;at;total;title\n1;2026-03-01;5;t\n", 'write `delimiter: ";"`'),
        ("x" * 2_000_000, "has no header row"),
        (b"PK\x03\x04 and so on", "write `format: excel`"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"\x1f\x8b\x08", "is packed; unpack it"),
        ("id,at\n".encode("utf-16"), "write `encoding: utf-16`"),
        ("id,at\n1,Köln\n".encode("cp1252"), "line 2 is not utf-8; it reads '1,K鰈n' in gbk"),
        (b"id,at\n1,\x00\n", "holds bytes that are no text"),
    ],
)
def test_a_file_that_is_something_else_names_the_mend(
    text: str | bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefusedError, match=said.replace("(", "\\(")):
        imported(text, tmp_path)
