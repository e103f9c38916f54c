"""What a run learns from: the history, and what the service stored itself since."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from features.history import History
from features.history_writing import write_history
from serving.exports.service import SOURCE
from serving.exports.stored import Mark, StoredRows

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def take_snapshot(history: History, engine: Engine, folder: Path) -> History:
    """Put history and stored events together, beside the history that the service reads.

    Parameters
    ----------
    history
        What was imported and exported.
    engine
        The store, with orders, outcomes and parcels that came in since.
    folder
        Where the snapshot goes; files that nothing was added to are linked, not copied.

    Returns
    -------
    History
        The snapshot; the history itself where the store holds nothing that it lacks.
    """
    profile = history.profile
    mark = Mark.read(profile.sources.get(SOURCE, ""))
    tables = StoredRows(engine, profile, mark).tables()
    if not tables:
        return history
    shutil.rmtree(folder, ignore_errors=True)
    first = folder / "history-000001"
    shutil.copytree(history.folder, first, copy_function=os.link)
    (folder / "history").symlink_to(first.name, target_is_directory=True)
    write_history(
        folder / "history",
        tables,
        profile,
        source=SOURCE,
        source_digest=mark.write(),
        is_whole=False,
    )
    return History(folder / "history")
