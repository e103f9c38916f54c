"""What the merchant decides about noticing drops and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.delivery.alerts import Effect
from models.delivery.disruption import USUAL

if TYPE_CHECKING:
    from models.delivery.outcomes import Locker
    from serving.settings import Settings


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """What the merchant decides.

    Parameters
    ----------
    locker
        How parcels at a locker count as first attempts: ``own``, ``success`` or ``failure``.
    points
        Drop to be found, as a share.
    false_alarms
        Alarms without a drop that the whole network may raise in a week.
    alerts
        What a weather or traffic warning is expected to change per level of severity, before
        anything is learned.
    """

    locker: Locker = "own"
    points: float = 0.15
    false_alarms: float = 1.0
    alerts: Effect = USUAL


def notice_settings(settings: Settings) -> NoticeSettings:
    """Read what the merchant decides from the environment."""
    alerts = Effect(
        settings.alert_late_logit, settings.alert_attempt_logit, settings.alert_delay_days
    )
    return NoticeSettings(
        settings.delivery_locker,
        settings.delivery_drop,
        settings.delivery_false_alarms,
        alerts,
    )
