from __future__ import annotations

from typing import TYPE_CHECKING

from features.history import History
from serving.demo.findings import NAMED_BY_RULES, findings
from serving.demo.sweep import sweep
from serving.demo.truth import truth
from tests.serving.demo.test_import import imported

if TYPE_CHECKING:
    from pathlib import Path

    from serving.demo.shop import Shop


def test_rules_find_duplicates_and_bursts_at_a_small_price(
    small: Shop, exports: Path, tmp_path: Path
) -> None:
    history = History(imported(exports / "demo-shop.yaml", tmp_path).folder)
    rows = truth(small)

    flagged, links = sweep(history)

    found = {each.kind: each for each in findings(rows[~rows["is_live"]], flagged, links)}
    named = [found[kind] for kind in NAMED_BY_RULES]
    share = sum(e.at_once + e.linked for e in named) / sum(e.orders for e in named)
    price = found["clean"].share_at_once
    assert share >= 0.95
    assert price is not None
    assert price <= 0.01
