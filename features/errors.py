"""Errors raised by the features room; each message names the place and the mend."""

from __future__ import annotations


class FeatureError(Exception):
    """Base of every error that the features room raises on purpose."""


class SchemaError(FeatureError):
    """A table or column does not match the canonical schema."""


class MappingError(FeatureError):
    """A mapping document cannot be understood; nothing was read."""


class ImportRefusedError(FeatureError):
    """Files could be read but are too damaged to become history; nothing was written."""


class HistoryError(FeatureError):
    """The history on disk is missing or cannot be read."""


class OrderError(FeatureError):
    """A canonical order is not well formed.

    Parameters
    ----------
    problems
        One ``(field, what is wrong and how to mend it)`` pair for each fault found.

    Examples
    --------
    >>> error = OrderError([("lines", "is empty: an order needs at least one line")])
    >>> str(error)
    'lines: is empty: an order needs at least one line'
    """

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        told = (f"{field}: {problem}" if field else problem for field, problem in problems)
        super().__init__("; ".join(told))
        self.problems = problems


class FenceError(FeatureError):
    """A fence is no polygon; the message says what is wrong with it."""


class StateUnavailableError(FeatureError):
    """The window state cannot be asked just now; what is asked later may well be answered."""


class JournalError(FeatureError):
    """A journal or snapshot of window state that cannot be read back or written."""


class StateInUseError(FeatureError):
    """Window state that another process keeps; two would write over each other."""
