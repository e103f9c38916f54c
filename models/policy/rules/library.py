"""Ready-made rules for the common troubles, as documents to start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from models.errors import RuleError
from models.policy.rules.located import locate

FOLDER: Final = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules for one kind of trouble.

    Parameters
    ----------
    name
        Short name.
    zh, en
        What it is for.
    text
        The document.
    n_rules
        How many rules it has.
    """

    name: str
    zh: str
    en: str
    text: str
    n_rules: int


@cache
def packs() -> tuple[Pack, ...]:
    """Give every pack.

    Examples
    --------
    >>> [pack.name for pack in packs()][:3]
    ['bursts', 'cash-on-delivery', 'complaints']
    """
    return tuple(_pack(path) for path in sorted(FOLDER.glob("*.yaml")))


def pack(name: str) -> Pack:
    """Find a pack.

    Raises
    ------
    RuleError
        When there is none of this name; the message lists those there are.

    Examples
    --------
    >>> pack("bursts").n_rules > 0
    True
    """
    for found in packs():
        if found.name == name:
            return found
    known = ", ".join(found.name for found in packs())
    raise RuleError(f"no pack named {name!r}: choose one of {known}")


def together(chosen: tuple[str, ...] | None = None) -> str:
    """Write one document with the rules of several packs, or of all.

    Examples
    --------
    >>> together(("stuck",)).splitlines()[0]
    '# 卡单（已付款未发货） · Stuck orders (paid and not shipped)'
    """
    wanted = packs() if chosen is None else tuple(pack(name) for name in chosen)
    parts = []
    for found in wanted:
        _, _, rules = found.text.partition("\nrules:\n")
        parts.append(f"# {found.zh} · {found.en}\n{rules.rstrip()}\n")
    head, *rest = parts
    title, _, rules = head.partition("\n")
    return "\n".join([f"{title}\nrules:\n{rules}", *(f"  {part}" for part in rest)])


def _pack(path: Path) -> Pack:
    text = path.read_text("utf-8")
    value = locate(text).value
    name = value["name"]
    return Pack(path.stem.replace("_", "-"), name["zh"], name["en"], text, len(value["rules"]))
