"""The catalogue as a page, a document and data."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from features import line
from features.catalogue import declare
from features.errors import FeatureError
from serving.catalogue import WRITERS, write
from tests.parity.shop import disorderly_shop, write_shop

if TYPE_CHECKING:
    from pathlib import Path

    from features.history import History


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_shop(tmp_path_factory.mktemp("catalogue") / "history", disorderly_shop(5, 80))


@pytest.mark.parametrize("ending", WRITERS)
def test_every_feature_is_in_every_form(history: History, tmp_path: Path, ending: str) -> None:
    path = tmp_path / "new" / f"catalogue{ending}"

    n = write(history, path)

    text = path.read_text("utf-8")
    every = (*declare(history.profile), *line.features(history.profile))
    assert n == len(every)
    for feature in every:
        assert re.search(rf"\b{feature.name}\b", text), feature.name


def test_an_unknown_form_is_refused_before_anything_is_written(
    history: History, tmp_path: Path
) -> None:
    with pytest.raises(FeatureError, match=r"ends in \.html, \.md, \.json"):
        write(history, tmp_path / "catalogue.pdf")

    assert list(tmp_path.iterdir()) == []


def test_the_page_needs_nothing_from_elsewhere(history: History, tmp_path: Path) -> None:
    write(history, tmp_path / "page.html")

    text = (tmp_path / "page.html").read_text("utf-8")
    assert not re.search(r"""(src|href)=|https?://|@import""", text)


@pytest.mark.parametrize(("language", "word"), [("zh", "特征目录"), ("en", "Feature catalogue")])
def test_the_page_speaks_both_languages(
    history: History, tmp_path: Path, language: str, word: str
) -> None:
    write(history, tmp_path / "page.html", language=language)

    assert f"<title>{word}</title>" in (tmp_path / "page.html").read_text("utf-8")


def test_a_row_of_the_document_has_a_cell_for_each_column(history: History, tmp_path: Path) -> None:
    write(history, tmp_path / "catalogue.md")

    rows = [
        line
        for line in (tmp_path / "catalogue.md").read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}


def test_data_hold_the_share_of_each_channel(history: History, tmp_path: Path) -> None:
    write(history, tmp_path / "catalogue.json")

    document = json.loads((tmp_path / "catalogue.json").read_text("utf-8"))
    value = next(f for f in document["features"] if f["name"] == "order__value_minor")
    assert set(value["coverage"]) == {"jd", "taobao"}
    assert all(0.8 < share <= 1 for share in value["coverage"].values())
