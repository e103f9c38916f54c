"""Whether a home has everything a service needs; each finding brings its fix."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from features.durations import HOUR_US
from features.errors import HistoryError
from features.history import History
from serving.errors import SecretError
from serving.secret import FILE_NAME, has_secret, tenant_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serving.settings import Settings

LEAST_FREE_BYTES: Final = 1_000_000_000
AHEAD: Final = timedelta(minutes=5)
OLDEST_REDIS: Final = 7
OLDEST_BACKUP: Final = timedelta(days=2)
"""A backup is taken every night; one that was missed is no reason to wake anybody."""
SHOWN_FAULTS: Final = 5
"""Faults of outlets and stock that are told one by one."""
LATE_US: Final = HOUR_US
"""Microseconds that an event may wait: by then four attempts have failed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    name
        What was looked at.
    state
        ``ok``, ``warn`` (works, but) or ``fail``.
    what
        What was found.
    fix
        How to mend it; empty when there is nothing to mend.
    """

    name: str
    state: str
    what: str
    fix: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything once.

    Parameters
    ----------
    settings
        The environment.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from serving.settings import Settings
    >>> with TemporaryDirectory() as home:
    ...     told = {finding.name: finding for finding in examine(Settings(home=Path(home)))}
    >>> told["history"].fix
    'run `orderintel import MAPPING.yaml` or `orderintel demo`'
    """
    return [finding for check in CHECKS for finding in check(settings)]


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    existing = home if home.exists() else _nearest(home)
    if not existing.is_dir():
        what = f"{existing} is a file where a folder is needed"
        yield Finding("home", "fail", what, "set ORDERINTEL_HOME to a folder")
        return
    if not os.access(existing, os.W_OK):
        yield Finding("home", "fail", f"{existing} cannot be written", "set ORDERINTEL_HOME")
        return
    free = shutil.disk_usage(existing).free
    if free < LEAST_FREE_BYTES:
        fix = f"free some space, or set ORDERINTEL_HOME to a larger disk than that of {home}"
        yield Finding("disk", "fail", f"only {free / 1e6:,.0f} MB are free", fix)
    else:
        yield Finding("disk", "ok", f"{free / 1e9:,.1f} GB free in {home}")


def _nearest(path: Path) -> Path:
    """Give the nearest folder above a path that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def _secret(settings: Settings) -> Iterator[Finding]:
    if has_secret(settings):
        try:
            tenant_secret(settings)
        except SecretError as error:
            fix = "set ORDERINTEL_SECRET_KEY to at least 32 random characters"
            yield Finding("secret", "fail", str(error), fix)
            return
    if settings.secret_key is not None:
        yield Finding("secret", "ok", "the secret key comes from the environment")
        return
    path = settings.secret_key_file or settings.home / FILE_NAME
    if not path.exists():
        yield Finding("secret", "ok", f"{path} is made by `orderintel keys create`")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("secret", "fail", f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Finding("secret", "ok", f"{path}; keep a copy: without it no hash links any more")


def _database(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy.exc import SQLAlchemyError

    from serving.clock import now
    from serving.security import KeyRing
    from serving.store.engine import open_engine
    from serving.store.migrate import HEAD, version

    if settings.database_url is None and not (settings.home / "orderintel.db").exists():
        yield Finding("database", "ok", "will be made at the first `orderintel serve`")
        return
    try:
        engine = open_engine(settings.store_url)
        with engine.connect() as connection:
            found = version(connection)
        if found != HEAD:
            what = f"the tables are of version {found}, not {HEAD}"
            yield Finding("database", "warn", what, "start `orderintel serve`: it migrates them")
            return
        yield Finding("database", "ok", f"answers, tables of version {found}")
        if KeyRing(engine, now).is_empty():
            fix = "start `orderintel serve`: it makes the first key and prints it once"
            yield Finding("keys", "warn", "there is no API key", fix)
        else:
            yield Finding("keys", "ok", "there are API keys")
        engine.dispose()
    except SQLAlchemyError as error:
        what = f"does not answer: {type(error).__name__}"
        yield Finding("database", "fail", what, "check ORDERINTEL_DATABASE_URL and its server")


def _state(settings: Settings) -> Iterator[Finding]:
    if settings.state_url is None:
        yield Finding("state", "ok", "kept in the service's own process")
        return
    from features.engines.redis.connection import look
    from features.errors import StateUnavailableError

    fix = "check ORDERINTEL_STATE_URL and its server; it takes redis://, rediss:// and unix://"
    try:
        version, policy = look(settings.state_url)
    except (StateUnavailableError, ValueError) as error:
        yield Finding("state", "fail", str(error), fix)
        return
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        fix = f"install Redis {OLDEST_REDIS} or later, or Valkey"
        yield Finding("state", "fail", f"Redis {version} is too old", fix)
    elif policy not in {"noeviction", ""}:
        fix = "set maxmemory-policy to noeviction: windows would silently lose events"
        yield Finding("state", "fail", f"Redis {version} drops keys ({policy})", fix)
    else:
        yield Finding("state", "ok", f"Redis {version} answers")


def _history(settings: Settings) -> Iterator[Finding]:
    try:
        history = History(settings.history_folder)
    except HistoryError as error:
        fix = "run `orderintel import MAPPING.yaml` or `orderintel demo`"
        yield Finding("history", "warn", str(error).partition(":")[0], fix)
        return
    profile = history.profile
    rows = ", ".join(f"{count:,} {name}" for name, count in sorted(profile.rows.items()))
    yield Finding("history", "ok", rows)
    if not history.has("orders"):
        return
    newest = max(history.arrow("orders", columns=["received_at"])["received_at"].to_pylist())
    if newest > datetime.now(UTC) + AHEAD:
        fix = "set the clock (NTP), or mend the time zone in the mapping and import again"
        what = f"the newest order came at {newest.isoformat()}, which is in the future"
        yield Finding("clock", "fail", what, fix)
    else:
        yield Finding("clock", "ok", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, after all orders")


def _models(settings: Settings) -> Iterator[Finding]:
    from models.estimators import ESTIMATORS
    from serving.live import load_judge

    try:
        profile = History(settings.history_folder).profile
    except HistoryError:
        return
    judge = load_judge(settings.models_folder, profile)
    for name, model in judge.models.items():
        yield Finding("model", "ok", f"{name} {model.version}")
    for missing in judge.missing:
        yield Finding("model", "warn", f"{missing.part}: {missing.why}", "run `orderintel train`")
    for estimator in ESTIMATORS:
        reason = estimator.needs(profile)
        if reason is not None:
            yield Finding("model", "ok", f"{estimator.name} not supported here: {reason}")


def _network(settings: Settings) -> Iterator[Finding]:
    from serving.delivery.network_faults import network_faults

    try:
        history = History(settings.history_folder)
    except HistoryError:
        return
    if not history.has("outlets"):
        return
    faults = network_faults(history)
    for fault in faults[:SHOWN_FAULTS]:
        yield Finding("network", "warn", f"{fault.of}: {fault.what}", fault.mend)
    more = len(faults) - SHOWN_FAULTS
    if more > 0:
        yield Finding("network", "warn", f"{more:,} more faults", "mend the first ones, look again")
    if not faults:
        yield Finding("network", "ok", "fences, capacities, tariffs and stock can be used")


def _addresses(_settings: Settings) -> Iterator[Finding]:
    from features.address.gazetteer import china

    yield Finding("addresses", "ok", f"divisions of {china().release}, offline")


def _geocoders(settings: Settings) -> Iterator[Finding]:
    from geopy.exc import ConfigurationError
    from sqlalchemy.exc import SQLAlchemyError

    from serving.clock import now
    from serving.geocoders.register import configured
    from serving.geocoders.repository import GeocodeStore
    from serving.store.engine import open_engine
    from serving.store.vault import Vault

    try:
        found = configured(settings)
    except ConfigurationError as error:
        yield Finding("geocoders", "fail", str(error), "mend the setting that it names")
        return
    if not found:
        yield Finding("geocoders", "ok", "none outside is set up; addresses are resolved offline")
        return
    engine = open_engine(settings.store_url)
    store = GeocodeStore(engine, Vault(tenant_secret(settings)))
    for each in found:
        try:
            calls, failures, is_spent = store.calls(each.name, each.terms.day(now()))
        except SQLAlchemyError:
            yield Finding("geocoders", "ok", f"{each.name} is set up and was not asked yet")
            continue
        what = f"{each.name}: {calls:,} of {each.terms.daily:,} calls today, {failures:,} failed"
        if is_spent:
            fix = "raise the quota at the provider, or wait for its next day"
            yield Finding("geocoders", "warn", f"{what}; it says its quota is used up", fix)
        elif failures and failures == calls:
            fix = "check its key and its address; the log names the errors"
            yield Finding("geocoders", "warn", what, fix)
        else:
            yield Finding("geocoders", "ok", what)
    engine.dispose()


def _webhooks(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy.exc import SQLAlchemyError

    from serving.clock import now
    from serving.store.engine import open_engine
    from serving.webhooks.guard import ForbiddenTargetError, Guard
    from serving.webhooks.repository import WebhookStore

    if not _has_store(settings):
        return
    engine = open_engine(settings.store_url)
    store, at = WebhookStore(engine), now()
    guard = Guard(settings.webhook_hosts, settings.webhook_private_hosts)
    try:
        endpoints, oldest = store.endpoints(), store.oldest_waiting()
    except SQLAlchemyError:
        return  # the finding about the database says why
    finally:
        engine.dispose()
    sound = True
    for endpoint in endpoints:
        try:
            guard.check(endpoint.url)
        except ForbiddenTargetError as error:
            sound = False
            yield Finding("webhooks", "fail", f"{endpoint.endpoint_id}: {error}", "as it says")
        if endpoint.why in {"gone", "failing"}:
            sound = False
            why = {"gone": "it answered 410", "failing": "it took nothing for days"}[endpoint.why]
            fix = "mend the receiver, then switch the endpoint on again at /console/webhooks"
            yield Finding("webhooks", "warn", f"{endpoint.endpoint_id} is off: {why}", fix)
    if oldest is not None and at - oldest > LATE_US:
        sound = False
        what = f"an event waits for {(at - oldest) / HOUR_US:,.0f} hours"
        fix = "see /console/webhooks for the endpoint that does not answer, and whether jobs run"
        yield Finding("webhooks", "warn", what, fix)
    if sound:
        told = f"{len(endpoints)} endpoints" if endpoints else "no endpoint is set up"
        yield Finding("webhooks", "ok", told)


def _backup(settings: Settings) -> Iterator[Finding]:
    from serving.backups.service import last_backup

    if not _has_store(settings):
        return
    told = last_backup(settings.home)
    fix = "run `orderintel backup FILE` every night, and keep FILE and the secret key elsewhere"
    if told is None:
        yield Finding("backup", "warn", "none was taken yet", fix)
        return
    age = datetime.now(UTC) - datetime.fromisoformat(told["made_at"])
    what = f"{told['file']}, {age / timedelta(hours=1):,.0f} hours old"
    is_old = age > OLDEST_BACKUP
    yield Finding("backup", "warn" if is_old else "ok", what, fix if is_old else "")


def _has_store(settings: Settings) -> bool:
    return settings.database_url is not None or (settings.home / "orderintel.db").exists()


CHECKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    _home,
    _secret,
    _database,
    _state,
    _history,
    _models,
    _network,
    _addresses,
    _geocoders,
    _webhooks,
    _backup,
)
"""Every check; a new one is a function and a line here."""
