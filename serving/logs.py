"""JSON logs with request ids. Personal data never reaches them: only keys, codes and counts."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Any

import structlog


def configure(level: str) -> None:
    """Set the log up once a process.

    Parameters
    ----------
    level
        ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )


class _Lines:
    """Writes lines to standard error; one that finds no room there stops nobody's work."""

    def msg(self, line: str) -> None:
        """Write a line."""
        # Looked up at each line, so that a redirected standard error is heeded.
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


def logger() -> Any:
    """Give the log; standard error, from warnings on, until `configure` was called.

    Standard output belongs to results.
    """
    if not structlog.is_configured():
        configure("WARNING")
    return structlog.get_logger("orderintel")
