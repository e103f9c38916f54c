"""The export that the guide walks through comes out as the guide says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from features.mapping import read_mapping_text
from tests.features.mapping.importing import run

DOCS = Path(__file__).parents[3] / "docs"
EXPORT = """Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem price,\
Lineitem sku,Refunded Amount,Cancelled at,Id,Notes
#1001,anna@example.com,paid,USD,40.00,2026-03-08 01:59:00 -0500,2,10.00,CAP-1,0.00,,1,"ring twice
please"
#1001,anna@example.com,,,,,1,20.00,SHIRT-1,,,,
#1002,bob@example.com,refunded,JPY,3000,2026-03-08 03:30:00 -0400,1,3000,TEA-1,3000,\
2026-03-09 10:00:00 -0400,2,
""".replace("\\\n", "")


def documents(name: str) -> list[str]:
    """Give the whole mapping documents that a page shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if block.startswith("version: 1")]


@pytest.mark.parametrize("page", ["mapping.md", "mapping.zh-CN.md"])
def test_every_document_that_a_page_shows_is_well_formed(page: str) -> None:
    for text in documents(page):
        read_mapping_text(text, page)


def test_the_export_that_the_guide_walks_through_is_read(tmp_path: Path) -> None:
    (tmp_path / "orders_export_1.csv").write_text(EXPORT, "utf-8")
    (shopify,) = (text for text in documents("mapping.md") if "name: shopify" in text)

    found = run(shopify, tmp_path)

    assert [(o["order_id"], o["currency"], o["total_minor"]) for o in found.orders] == [
        ("#1001", "USD", 4000),
        ("#1002", "JPY", 3000),
    ]
    lines = {row["sku"]: row["unit_price_minor"] for row in found.tables["order_lines"]}
    assert lines == {"CAP-1": 1000, "SHIRT-1": 2000, "TEA-1": 3000}
    (refund,) = found.tables["outcomes"]
    assert (refund["amount_minor"], refund["known_at"].isoformat()) == (
        3000,
        "2026-03-09T14:00:00+00:00",
    )
    assert not found.report.left_out
