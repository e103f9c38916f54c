"""Whether a history supports a model; where it does not, the model is refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import NotSupportedError

if TYPE_CHECKING:
    from features.history import HistoryProfile
    from models.contracts import Backtestable


def check_supported(model: Backtestable, profile: HistoryProfile) -> None:
    """Refuse a model that a history cannot support.

    Parameters
    ----------
    model
        The model.
    profile
        What the history holds.

    Raises
    ------
    NotSupportedError
        With what the model needs and the history lacks.

    Examples
    --------
    >>> from features.history import HistoryProfile
    >>> from models.estimators.eta import ETA
    >>> check_supported(ETA, HistoryProfile(rows={"shipments": 4}))
    >>> check_supported(ETA, HistoryProfile())
    Traceback (most recent call last):
        ...
    models.errors.NotSupportedError: eta is not supported by this history: the history has no \
shipments, so no delivery to learn from
    """
    reason = model.needs(profile)
    if reason is not None:
        raise NotSupportedError(f"{model.name} is not supported by this history: {reason}")
