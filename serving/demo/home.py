"""The demonstration's own home: made here, marked, and never mixed with another history."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from features.errors import FeatureError

if TYPE_CHECKING:
    from pathlib import Path

MARK: Final = "demonstration"
"""File that marks a home as the demonstration's, so that it may be made anew."""

MADE: Final = (
    "history*", "models", "demo", "reports", "retraining", "mlflow*", "mlruns", "mlartifacts",
    "orderintel.db*",
)  # fmt: skip
"""What a demonstration leaves in its home; all of it is made again at the next start."""


class ForeignHomeError(FeatureError):
    """The home holds something that the demonstration did not make."""


def prepare(home: Path) -> None:
    """Make the home ready for a new demonstration.

    Parameters
    ----------
    home
        The folder; made when missing, emptied when an earlier demonstration made it.

    Raises
    ------
    ForeignHomeError
        When it holds a history or a database that is not a demonstration's.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     prepare(Path(folder))
    ...     (Path(folder) / MARK).exists()
    True
    """
    home.mkdir(parents=True, exist_ok=True)
    mark = home / MARK
    if not mark.exists():
        foreign = sorted(each.name for pattern in MADE for each in home.glob(pattern))
        if foreign:
            raise ForeignHomeError(
                f"{home} holds {', '.join(foreign)}, which no demonstration made; "
                "set ORDERINTEL_HOME to an empty folder for the demonstration"
            )
        mark.write_text("Made by `orderintel demo`, which makes all of it anew.\n", "utf-8")
    for pattern in MADE:
        for each in home.glob(pattern):
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
