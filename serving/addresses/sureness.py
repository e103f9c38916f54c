"""What reviewers' choices say about confidences, kept beside the index of places."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from models.training.sureness import Sureness, fit_sureness
from serving.whole import whole

if TYPE_CHECKING:
    from pathlib import Path

    from serving.addresses.repository import AddressStore

FILE: Final = "sureness.json"


def learn(store: AddressStore, folder: Path) -> Sureness:
    """Learn from all choices that stand, and keep what was learned.

    Parameters
    ----------
    store
        Where the labels are.
    folder
        Folder of the index of places.

    Returns
    -------
    Sureness
        As kept.
    """
    learned = fit_sureness(
        (label["shown"][0].confidence, label["chosen"] == 1)
        for label in store.labels()
        if label["shown"]
    )
    keep(learned, folder)
    return learned


def keep(learned: Sureness, folder: Path) -> None:
    """Put what was learned in the place of what was known before."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with whole(folder / FILE) as draft:
        draft.write_text(json.dumps({"shares": learned.shares, "labels": learned.n_labels}))


def known_sureness(folder: Path) -> Sureness:
    """Read what was learned; nothing yet leaves confidences as they are."""
    try:
        document = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return Sureness()
    return Sureness(tuple(document["shares"]), document["labels"])
