"""Trained models, one file each; a new one is a file and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.estimators.attempt import ATTEMPT
from models.estimators.cancel import CANCEL
from models.estimators.demand import DEMAND
from models.estimators.eta import ETA
from models.estimators.fraud import FRAUD
from models.estimators.late import LATE
from models.estimators.refund import REFUND
from models.estimators.refusal import REFUSAL
from models.estimators.returned import RETURN

if TYPE_CHECKING:
    from models.contracts import Estimator

ESTIMATORS: Final[tuple[Estimator, ...]] = (
    FRAUD,
    REFUND,
    RETURN,
    CANCEL,
    REFUSAL,
    LATE,
    ETA,
    ATTEMPT,
    DEMAND,
)
"""Every trained model, in the order in which tables list them."""

BY_NAME: Final[dict[str, Estimator]] = {estimator.name: estimator for estimator in ESTIMATORS}
