"""The catalogue of features as a page, a document or data."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from features.errors import FeatureError
from features.listing import entries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from features.history import History
    from features.listing import Entry


def write(history: History, path: Path, *, language: str = "en") -> int:
    """Write the catalogue of a history to a file.

    Parameters
    ----------
    history
        The history.
    path
        Where to; its ending, ``.html``, ``.md`` or ``.json``, says in what form.
    language
        ``zh`` or ``en``; documents and data hold both.

    Returns
    -------
    int
        How many features were listed.

    Raises
    ------
    FeatureError
        When the ending is none of these.
    """
    if path.suffix not in WRITERS:
        raise FeatureError(f"{path}: a catalogue ends in {', '.join(WRITERS)}")
    listed = entries(history)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(WRITERS[path.suffix](listed, language), "utf-8")
    return len(listed)


@lru_cache(maxsize=2)
def listed_once(history: History) -> tuple[Entry, ...]:
    """List the features of a history, which does not change while it is open, once a process."""
    return entries(history)


def grouped(listed: Sequence[Entry], language: str) -> list[tuple[str, list[Entry]]]:
    """Put entries that are about the same thing together, in the order in which they first come."""
    place = ("zh", "en").index(language)
    groups: dict[str, list[Entry]] = {}
    for name, members in groupby(listed, key=lambda entry: entry.group[place]):
        groups.setdefault(name, []).extend(members)
    return list(groups.items())


def shown(listed: Sequence[Entry], language: str) -> dict[str, Any]:
    """Give what the templates of the catalogue show."""
    return {
        "n": len(listed),
        "groups": grouped(listed, language),
        "channels": list(listed[0].coverage) if listed else [],
    }


def as_page(listed: Sequence[Entry], language: str) -> str:
    """Write a page that needs no server."""
    from markupsafe import Markup

    from serving.console.pages import STATIC, render

    style, script = (Markup((STATIC / name).read_text("utf-8")) for name in _OWN_FILES)  # noqa: S704 our own files
    return render(
        "catalogue_file.html", language, style=style, script=script, **shown(listed, language)
    )


def as_markdown(listed: Sequence[Entry], _language: str) -> str:
    """Write a document in both languages; who gives a feature is named, not counted."""
    lines = [HEAD.format(n=len(listed))]
    for name, members in grouped(listed, "en"):
        lines += [f"## {name} · {members[0].group[0]}", "", *COLUMNS]
        lines += [_row(entry) for entry in members]
        lines.append("")
    return "\n".join(lines)


def _row(entry: Entry) -> str:
    f = entry.feature
    cost = entry.cost.words[1] + (f", {entry.cost.windows} windows" * (entry.cost.windows > 1))
    given = [channel for channel, share in entry.coverage.items() if share > 0]
    by = "every channel" if len(given) == len(entry.coverage) else ", ".join(given)
    sources = ", ".join(f"`{source}`" for source in f.sources)
    cells = (f"`{f.name}`", f.en, f.zh, f.unit, entry.window, cost, by, sources)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def as_json(listed: Sequence[Entry], _language: str) -> str:
    """Write one JSON document."""
    return json.dumps(
        {"features": [entry.document for entry in listed]}, ensure_ascii=False, indent=1
    )


WRITERS: Final[dict[str, Callable[[Sequence[Entry], str], str]]] = {
    ".html": as_page,
    ".md": as_markdown,
    ".json": as_json,
}
"""Ending to the form."""

_OWN_FILES: Final = ("style.css", "catalogue.js")

HEAD: Final = """# Feature catalogue

{n} features, written by `orderintel features --catalogue docs/catalogue.md` from the code that
computes them, for the history of `orderintel demo`; another history gets what its own columns
support. A feature sees what was known strictly before its order was received, placed in its window
by when it happened.
"""

COLUMNS: Final = (
    "| feature | meaning | 含义 | unit | window | cost | given by | made from |",
    "|---|---|---|---|---|---|---|---|",
)
