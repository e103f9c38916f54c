"""The document of the feature catalogue says what the code says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from serving.catalogue import write
from tests.serving.demo.test_import import imported

if TYPE_CHECKING:
    import pytest

DOCUMENT = Path(__file__).parents[3] / "docs" / "catalogue.md"


def test_the_catalogue_in_the_documents_is_fresh(
    exports: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The small shop has every channel, label and entity of the whole one, and so its features."""
    home = tmp_path_factory.mktemp("catalogue")
    write(imported(exports / "demo-shop.yaml", home), home / "catalogue.md")

    fresh = (home / "catalogue.md").read_text("utf-8")

    mend = "run `orderintel demo`, then `orderintel features --catalogue docs/catalogue.md`"
    assert DOCUMENT.read_text("utf-8") == fresh, mend
