"""`orderintel train` as a user runs it on a history that supports no model yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.serving.cli.shops import write_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving.cli.conftest import Command


@pytest.mark.parametrize("models", [(), ("fraud",)])
def test_a_history_that_supports_no_model_is_no_success(
    orderintel: Command, tmp_path: Path, models: tuple[str, ...]
) -> None:
    home = write_shop(tmp_path, n_orders=3)

    code, out, told = orderintel("train", *models, home=home)

    assert code == 1
    assert out == ""
    assert "not trained: fraud" in told
    assert "error: no model was trained" in told
    assert "orderintel import" in told


def test_what_each_model_lacks_is_there_as_json_too(orderintel: Command, tmp_path: Path) -> None:
    home = write_shop(tmp_path, n_orders=3)

    code, out, _ = orderintel("train", "--json", home=home)

    assert code == 1
    assert all(result["reason"] for result in json.loads(out))
