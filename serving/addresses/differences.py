"""What a choice adds to the text that was typed, and what it leaves out, letter by letter."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "left"]


def differences(typed: str, standard: str) -> list[tuple[Kind, str]]:
    """Split the typed text and a standard one into what is the same, added and left out.

    Spaces do not count.

    Examples
    --------
    >>> differences("朝阳区建国路88", "北京市朝阳区建国路88号")
    [('added', '北京市'), ('same', '朝阳区建国路88'), ('added', '号')]
    >>> differences("杭州文三路", "杭州市文三路")
    [('same', '杭州'), ('added', '市'), ('same', '文三路')]
    """
    if standard.isascii():
        old, new = typed, standard
    else:
        old, new = "".join(typed.split()), "".join(standard.split())
    found: list[tuple[Kind, str]] = []
    for act, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if act == "equal":
            found.append(("same", new[new_from:new_to]))
            continue
        if old_to > old_from:
            found.append(("left", old[old_from:old_to]))
        if new_to > new_from:
            found.append(("added", new[new_from:new_to]))
    return found
