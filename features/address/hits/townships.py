"""Townships in a text, and the names of divisions that they hold or follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from features.address.hits.hit import Hit
from features.address.hits.signs import COUNTY_SHORT, LONGEST_TOWNSHIP, TOWNSHIP_END
from features.address.meanings import Meanings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.address.gazetteer import Gazetteer

LONGEST_REST: Final = 4
"""Characters that the name of a township has beside that of a division which it holds."""
_LONGEST_OTHER: Final = 10
"""Characters of a township that is not named after a people."""


def scan_townships(text: str, gazetteer: Gazetteer, hits: list[Hit]) -> list[Hit]:
    """Find names of townships outside the divisions already found, or around a short name.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> [(hit.start, hit.end) for hit in scan_townships("淀山湖镇双永路", china(), [])]
    [(0, 4)]
    """
    found: list[Hit] = []
    floor = 0
    known = gazetteer.known_townships
    for match in TOWNSHIP_END.finditer(text):
        end = match.end()
        longest = LONGEST_TOWNSHIP if text[match.start() - 1 : end] == "族乡" else _LONGEST_OTHER
        for start in range(max(floor, end - longest), end - 1):
            names = gazetteer.township(text[start:end]) if text[start:end] in known else None
            if names is None:
                continue
            over = [hit for hit in hits if hit.start < end and start < hit.end]
            if not over or _holds(start, end, names, over, hits, gazetteer):
                found.append(Hit(start, end, names, is_township=True))
                floor = end
                break
    return found


def _holds(
    start: int, end: int, names: Meanings, over: list[Hit], hits: list[Hit], gazetteer: Gazetteer
) -> bool:
    """Tell whether a township of what is named before it is called after short names.

    The 平山 of 张掖市平山湖蒙古族乡 is no county of Hebei.
    """
    if hits[0] in over or len(over) == len(hits):
        return False
    inside = all(
        start <= hit.start and hit.end <= end
        and not (hit.has_kind and hit.is_full)
        and hit.names.strongest <= COUNTY_SHORT
        for hit in over
    )  # fmt: skip
    others = [hit for hit in hits if hit not in over]
    return inside and any(hit.is_above(names.by_node, gazetteer) for hit in others)


def of_its_part(hit: Hit, townships: list[Hit], gazetteer: Gazetteer) -> Hit:
    """Read a county that was divided as the part in which its township lies today.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> hit = Hit(0, 3, china().names["宝安区"])
    >>> township = Hit(3, 7, china().township("民治街道"), is_township=True)
    >>> [china().nodes[node].name for node in of_its_part(hit, [township], china()).names.by_node]
    ['龙华区']
    """
    for county in hit.names.by_node:
        for part, name in gazetteer.parted.get(county, {}).items():
            for township in townships:
                owners = township.names.by_node
                if part in owners and county not in owners:
                    return structs.replace(hit, names=Meanings.of([name]))
    return hit


def is_above_a_township(text: str, start: int, above: Iterable[int], gazetteer: Gazetteer) -> bool:
    """Tell whether a township of one of some divisions begins at a place of a text.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> above = china().names["昆山"].by_node
    >>> is_above_a_township("昆山淀山湖镇", 2, above, china())
    True
    >>> is_above_a_township("昆山前进东路", 2, above, china())
    False
    """
    known, paths = gazetteer.known_townships, gazetteer.paths
    divisions = set(above)
    return any(
        not divisions.isdisjoint(paths[owner])
        for kind in TOWNSHIP_END.finditer(text, start + 1, start + LONGEST_TOWNSHIP)
        for owner in known.get(text[start : kind.end()], ())
    )


def has_township(text: str, start: int, names: Meanings, gazetteer: Gazetteer) -> bool:
    """Tell whether a township of a division follows its name: 昆山 and 淀山湖镇.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> texts = "昆山淀山湖镇", "昆山前进东路"
    >>> [has_township(text, 2, china().names["昆山"], china()) for text in texts]
    [True, False]
    """
    kind = TOWNSHIP_END.search(text, start)
    owners = gazetteer.known_townships.get(text[start : kind.end()], ()) if kind else ()
    return not names.by_node.keys().isdisjoint(owners)


def begins_a_township(
    text: str, start: int, end: int, names: Meanings, gazetteer: Gazetteer
) -> bool:
    """Tell whether a short name is cut out of a township's: 川沙 of 川沙新镇.

    Examples
    --------
    >>> from features.address.gazetteer import china
    >>> texts = "川沙新镇", "昆山淀山湖镇"
    >>> [begins_a_township(text, 0, 2, china().names[text[:2]], china()) for text in texts]
    [True, False]
    """
    kind = TOWNSHIP_END.search(text, end, end + LONGEST_REST)
    if kind is None or text[start : kind.end()] not in gazetteer.township_owners:
        return False
    own = gazetteer.township_owners.get(text[end : kind.end()], ())
    return names.by_node.keys().isdisjoint(own)
