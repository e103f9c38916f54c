"""The tree of a YAML document: where things stand, and what no document may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from features.yaml_tree import TreeBuilder, nearest

if TYPE_CHECKING:
    from features.yaml_tree import Path


def built(text: str, most: int | None = None) -> tuple[Any, TreeBuilder, list[tuple[Path, str]]]:
    flaws: list[tuple[Path, str]] = []
    tree = TreeBuilder(
        lambda node: node.value, lambda path, kind: flaws.append((path, kind)), most=most
    )
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert node is not None
    return tree.build(node), tree, flaws


def test_a_key_has_its_own_place_and_an_item_its_values() -> None:
    _, tree, _ = built("a:\n  b: x\nc:\n  - y")

    assert (tree.marks["a", "b"], tree.marks[("c",)], tree.marks["c", 0]) == (
        (2, 3),
        (3, 1),
        (4, 5),
    )


def test_a_key_that_stands_twice_is_told_at_its_second_place() -> None:
    value, tree, flaws = built("a: x\nb: y\na: z")

    assert flaws == [(("a",), "twice")]
    assert (tree.marks[("a",)], value) == ((3, 1), {"a": "z", "b": "y"})


def test_a_part_within_itself_is_told_and_one_used_twice_is_not() -> None:
    within, _, flaws = built("a: &a {b: *a}")
    beside, _, none = built("a: &a [x]\nb: *a")

    assert (within, flaws) == ({"a": {"b": None}}, [(("a", "b"), "itself")])
    assert (beside, none) == ({"a": ["x"], "b": ["x"]}, [])


def test_a_document_with_too_many_parts_is_told_once() -> None:
    value, _, flaws = built("[a, b, c, d]", most=3)

    assert (value, flaws) == (["a", None, None, None], [((), "too_large")])


def test_what_has_no_place_stands_where_its_nearest_known_part_does() -> None:
    _, tree, _ = built("a:\n  b: x")

    assert nearest(tree.marks, ("a", "b", "c", 0)) == (2, 3)
