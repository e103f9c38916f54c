"""How whoever needs the store opens it: tables brought up to date, personal data readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.secret import tenant_secret
from serving.store.cipher import unlock
from serving.store.engine import open_engine
from serving.store.migrate import migrate

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from serving.clock import Clock
    from serving.settings import Settings


def open_store(settings: Settings, clock: Clock) -> Engine:
    """Give the store's engine; made where there is none yet.

    Parameters
    ----------
    settings
        The environment.
    clock
        Gives the present in microseconds UTC.

    Raises
    ------
    SecretError
        When there is no usable secret, or the store was made with another.
    """
    engine = open_engine(settings.store_url, is_full=settings.durability == "full")
    migrate(engine)
    return unlock(engine, tenant_secret(settings), at=clock())
