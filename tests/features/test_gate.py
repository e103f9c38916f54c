"""No feature without meaning, unit, sources and a test: what a new one must bring with it."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cache
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.engines.source import PLAN
from features.schema import ATTRIBUTE_PREFIX, ENTITY_PREFIX, TABLES
from tests.features.engines.test_edges import EXPECTED, STREAMS
from tests.features.memory import measure
from tests.features.test_catalogue import FEATURES
from tests.features.test_given import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from features.feature import Feature

HERE = Path(__file__).parent


def lacking(feature: Feature) -> list[str]:
    """Name what a feature lacks before it may be declared."""
    checks = {
        "a meaning in Chinese": any("一" <= letter <= "鿿" for letter in feature.zh),
        "a meaning in English": feature.en.isascii() and len(feature.en) > 2,
        "a unit": bool(feature.unit) or feature.kind == "category",
        "sources": bool(feature.sources),
        "sources that exist": all(exists(source) for source in feature.sources),
        "a test": is_tested(feature),
    }
    return [name for name, is_met in checks.items() if not is_met]


def exists(source: str) -> bool:
    table, _, column = source.partition(".")
    if table not in TABLES:
        return False
    own = column.startswith((ATTRIBUTE_PREFIX, ENTITY_PREFIX))
    return own or column in TABLES[table] or (table == "orders" and column in PLAN)


def is_tested(feature: Feature) -> bool:
    """Tell whether the test of an aggregate, of a plain field or of a function covers a feature."""
    if feature.measure is not None:
        streams = {stream.partition(":")[0] for stream in STREAMS}
        return (
            feature.measure.aggregate in EXPECTED
            and feature.measure.stream.partition(":")[0] in streams
        )
    if isinstance(feature.function, itemgetter):
        return feature.name in PLAIN or feature.name.startswith(ATTRIBUTE_PREFIX)
    if feature.function is not None:
        return is_called(feature.function)
    return feature.name in named_in(HERE / "test_linked.py")


def is_called(function: Callable[..., Any]) -> bool:
    """Tell whether a function has a running example, or its module's test names it."""
    name = function.__name__
    if f"{name}(" in (function.__doc__ or "").partition(">>>")[2]:
        return True
    room, _, path = function.__module__.partition(".")
    *folders, module = path.split(".")
    tests = HERE.parent / room / Path(*folders) / f"test_{module}.py"
    return name in named_in(tests)


_NAMED_BY: dict[type[ast.AST], str] = {ast.Attribute: "attr", ast.Name: "id", ast.Constant: "value"}


@cache
def named_in(path: Path) -> frozenset[str]:
    """Names, attributes and texts that the test functions of a file use."""
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    tests = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    used = (node for test in tests for node in ast.walk(test))
    return frozenset(
        str(getattr(node, _NAMED_BY[type(node)])) for node in used if type(node) in _NAMED_BY
    )


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.name)
def test_a_declared_feature_lacks_nothing(feature: Feature) -> None:
    assert lacking(feature) == []


def untested(columns: Any) -> Any:
    """Give something of which no test knows."""
    return columns["placed_at"]


SOUND = next(f for f in FEATURES if f.measure is not None)
OF_THE_ORDER = next(f for f in FEATURES if f.function is not None)


@pytest.mark.parametrize(
    ("faulty", "lack"),
    [
        (replace(SOUND, zh="orders of the buyer"), "a meaning in Chinese"),
        (replace(SOUND, en=""), "a meaning in English"),
        (replace(SOUND, unit=""), "a unit"),
        (replace(SOUND, sources=()), "sources"),
        (replace(SOUND, sources=("orders.shoe_size",)), "sources that exist"),
        (replace(SOUND, sources=("shoes.size",)), "sources that exist"),
        (replace(SOUND, measure=measure("median")), "a test"),
        (replace(SOUND, measure=measure("count", stream="returns")), "a test"),
        (replace(OF_THE_ORDER, function=untested), "a test"),
        (replace(OF_THE_ORDER, name="order__new", function=itemgetter("new")), "a test"),
    ],
)
def test_the_gate_names_what_a_faulty_feature_lacks(faulty: Feature, lack: str) -> None:
    assert lacking(faulty) == [lack]


def test_a_function_counts_as_tested_only_where_its_own_test_calls_it() -> None:
    basket = import_module("features.basket")

    assert is_called(basket.max_price)
    assert not is_called(untested)
