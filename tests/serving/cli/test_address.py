from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from features.address.resolve import resolve
from serving.cli.address_screen import rows
from serving.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = [
    "country", "province", "city", "district", "street", "house", "building", "unit",
    "lat", "lon", "precision", "confidence", "candidates",
]  # fmt: skip


def test_one_address_is_explained_on_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["address", "杭州市江干区秋涛路12号"])

    page = capsys.readouterr().out
    assert code == 0
    assert "江干区 → 上城区" in page
    assert len(page.splitlines()) <= 24


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("上海市浦东新区张江路288弄X栋", {"missing 缺少": "unit and room 单元室"}),
        ("朝阳区建国路88号", {"candidate 候选 2": "吉林省 长春市 朝阳区  48.50%"}),
        ("东莞长安镇霄边社区3栋402", {"province 省": "广东省  (inferred 推断)"}),
        ("杭州西湖区文三路1号", {"review 审核": "not needed, the line is 90% 无需审核"}),
        ("长春理工大学", {"review 审核": "needed, the line is 90% 需人工审核"}),
        (
            "绿地世纪城",
            {"problem 问题": "no division recognised 认不出行政区划: give the city 请写明城市"},
        ),
    ],
)
def test_the_screen_says_what_is_missing_and_what_happens_next(
    text: str, told: dict[str, str]
) -> None:
    screen = dict(rows(resolve(text), line=0.9))

    assert told.items() <= screen.items()


def test_a_city_without_districts_lacks_none() -> None:
    assert "district 区县" not in dict(rows(resolve("东莞市长安镇振安路88号"), line=0.9))


def test_json_is_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["address", "朝阳区建国路88号", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert list(document) == FIELDS
    assert document["district"] is None
    assert len(document["candidates"]) == 2


def test_a_file_gives_one_line_out_for_each_line_in(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"raw": "杭州市西湖区文三路398号"},
        {"raw": "10 Downing Street, London", "country": "GB"},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    assert main(["address", "--file", str(source), "--out", str(target)]) == 0

    found = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [row["house"] for row in found] == ["398号", "10"]
    assert all(list(row) == FIELDS for row in found)


@pytest.mark.parametrize("line", ["not json", '{"text": "x"}', '{"raw": 5}', "[]", "\xff"])
def test_a_broken_line_is_named_and_nothing_is_written(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b'{"raw": "\xe6\x9d\xad\xe5\xb7\x9e"}\n' + line.encode("latin-1") + b"\n")

    assert main(["address", "--file", str(source), "--out", str(target)]) == 1

    assert "line 2" in capsys.readouterr().err
    assert not target.exists()


def test_a_missing_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "nowhere.jsonl"

    assert main(["address", "--file", str(missing), "--out", str(tmp_path / "o")]) == 1
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["杭州", "--file", "x"], ["--file", "x"]])
def test_wrong_usage_exits_with_two(arguments: list[str]) -> None:
    assert main(["address", *arguments]) == 2
