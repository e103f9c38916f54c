"""The prices of stock and places in force, as a file that every worker reads."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from models.routing.prices import Prices
from serving.logs import logger
from serving.whole import whole

if TYPE_CHECKING:
    from pathlib import Path

LOOK_SECONDS: Final = 5.0
"""Seconds between two looks at whether there are newer prices."""
FILE: Final = "prices.json"


class PriceFile:
    """The prices in force of a home, which every worker reads.

    Parameters
    ----------
    folder
        ``HOME/routing``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = PriceFile(Path(folder))
    ...     before = file.current()
    ...     file.write(Prices({("JX", "A"): 2.5}))
    ...     PriceFile(Path(folder)).current().stock, before
    ({('JX', 'A'): 2.5}, None)
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._looked = -LOOK_SECONDS
        self._seen: int | None = None
        self._prices: Prices | None = None

    def current(self) -> Prices | None:
        """Give the newest prices; None where none were made, or none can be read."""
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look()
        return self._prices

    def _look(self) -> None:
        """Read the file again if it is another one."""
        try:
            seen = self._file.stat().st_mtime_ns
        except OSError:
            self._seen, self._prices = None, None
            return
        if seen == self._seen:
            return
        self._seen = seen
        try:
            document = json.loads(self._file.read_bytes())
            if not isinstance(document, dict):
                raise TypeError("prices are one JSON object")  # noqa: TRY301 told below with the rest
            self._prices = Prices.from_dict(document)
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger().warning("prices of stock not read", why=str(error))

    def write(self, prices: Prices) -> None:
        """Let prices take effect in one step."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with whole(self._file) as draft:
            draft.write_text(json.dumps(prices.as_dict(), ensure_ascii=False), "utf-8")
