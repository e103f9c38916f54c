"""Takes a backup of a home and its store, and makes a home from one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from features.generations import sync
from features.history import PROFILE_NAME
from features.keys import keyed_hash
from features.order import wire_instant
from serving.backups.archive import BackupError, Manifest, pack, unpack
from serving.backups.tables import counts, is_empty, read_tables, write_tables
from serving.secret import FILE_NAME, tenant_secret
from serving.store.engine import open_engine
from serving.store.migrate import knows, migrate, version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serving.clock import Clock
    from serving.settings import Settings

KEPT: Final = ("models", "policy.yaml", "reports", "mlflow-artifacts")
"""What of a home is copied beside history, store and registry; the rest is made again from it."""
REGISTRY: Final = "mlflow.db"
LAST: Final = "last-backup.json"
"""File in a home that says when its last backup was taken, and where to."""


def backup(
    settings: Settings, target: Path, *, clock: Clock, say: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Write a backup of everything that cannot be made again; the service goes on meanwhile.

    Parameters
    ----------
    settings
        The home.
    target
        The file; there whole or not at all.
    clock
        Gives the present in microseconds UTC.
    say
        Told what happens.

    Returns
    -------
    dict
        ``file``, ``bytes``, ``rows`` by table and ``made_at``.

    Raises
    ------
    BackupError
        When there is nothing to back up, or the file cannot be written there.

    Notes
    -----
    The store is read as of one instant; the history is the generation that stood there then. The
    tenant's secret is never part of a backup: without it nobody can read the personal data in it.
    """
    home = settings.home
    if settings.database_url is None and not (home / "orderintel.db").exists():
        raise BackupError(f"there is nothing to back up in {home}: set ORDERINTEL_HOME")
    made_at = wire_instant(clock())
    with _scratch(target) as scratch:
        say("store")
        engine = open_engine(settings.store_url)
        try:
            with engine.connect() as connection:
                schema = version(connection) or ""
            rows = write_tables(engine, scratch / "tables")
        finally:
            engine.dispose()
        say("history, models and settings")
        _copy_home(home, scratch / "home")
        say("writing the file")
        secret = _mark_of(tenant_secret(settings))
        program = version_of("order-intelligence")
        pack(scratch, Manifest(made_at, program, schema, secret, rows), target)
    told = {"file": str(target), "bytes": target.stat().st_size, "rows": rows, "made_at": made_at}
    _note(home, told)
    return told


def restore(
    settings: Settings, source: Path, *, say: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Make a home from a backup, whole or not at all.

    Parameters
    ----------
    settings
        A home that does not exist or is empty but for ``secret.key``, and a store without rows.
        The store may be of another kind than the one that was backed up.
    source
        The backup.
    say
        Told what happens.

    Returns
    -------
    dict
        ``rows`` by table and ``made_at``.

    Raises
    ------
    BackupError
        When the backup is damaged or of a newer version, the secret is another, or the home or the
        store is not empty. Nothing was changed then.

    Notes
    -----
    Files go into a folder beside the home, which takes the home's place in one step when the
    store's commit is done. A restore that was killed in between is finished by starting it again.
    """
    home = settings.home.absolute()
    if _before(home).exists() and not home.exists():
        _before(home).replace(home)  # an earlier try was killed in the middle of its last step
    secret = _secret_for(settings, home)
    staging = home.with_name(f".{home.name}.restoring")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        say("checking the backup")
        manifest = unpack(source, staging)
        _check(manifest, secret)
        say("store")
        fresh = staging / "home"
        fresh.mkdir(exist_ok=True)
        if settings.database_url is None:
            _fill(f"sqlite:///{fresh / 'orderintel.db'}", staging / "tables", manifest)
        else:
            _fill(settings.store_url, staging / "tables", manifest)
        if (home / FILE_NAME).exists():
            shutil.copy2(home / FILE_NAME, fresh / FILE_NAME)
        say("putting it in place")
        _put(fresh, home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return {"rows": manifest.rows, "made_at": manifest.made_at}


def last_backup(home: Path) -> dict[str, Any] | None:
    """Give what is known of the last backup of a home, or None."""
    import json

    try:
        told: dict[str, Any] = json.loads((home / LAST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return told


def _note(home: Path, told: dict[str, Any]) -> None:
    import json

    home.mkdir(parents=True, exist_ok=True)
    draft = home / f".{LAST}"
    draft.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    draft.replace(home / LAST)


def _mark_of(secret: bytes) -> str:
    """Give what a secret is recognised by, and what does not give it away."""
    return keyed_hash(secret, "tenant", "backup")


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """Give a folder beside the file, so that there is room for both or for none."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.mkdtemp(prefix=".orderintel-backup-", dir=target.parent)
    except OSError as error:
        raise BackupError(f"{target} cannot be written ({error.strerror}): name another") from None
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _copy_home(home: Path, target: Path) -> None:
    target.mkdir(parents=True)
    if (home / "history" / PROFILE_NAME).is_file():
        generation = (home / "history").resolve()
        shutil.copytree(generation, target / generation.name, copy_function=_link)
        (target / "history").symlink_to(generation.name, target_is_directory=True)
    for name in KEPT:
        if (home / name).is_dir():
            shutil.copytree(home / name, target / name, symlinks=True, copy_function=_link)
        elif (home / name).is_file():
            shutil.copy2(home / name, target / name)
    if (home / REGISTRY).is_file():
        with (
            closing(sqlite3.connect(home / REGISTRY)) as registry,
            closing(sqlite3.connect(target / REGISTRY)) as copied,
        ):
            registry.backup(copied)


def _link(source: str, target: str) -> None:
    """Link a file that is only ever replaced as a whole; copy it where links cannot be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _secret_for(settings: Settings, home: Path) -> bytes:
    """Give the secret of a home to be, which must be empty but for it."""
    if home.exists() and (
        not home.is_dir() or {path.name for path in home.iterdir()} - {FILE_NAME}
    ):
        raise BackupError(f"{home} is not empty: restore into a home of its own, then swap the two")
    is_given = settings.secret_key is not None or settings.secret_key_file is not None
    if not is_given and not (home / FILE_NAME).exists():
        raise BackupError(
            "the tenant's secret is no part of a backup: put the one you kept at "
            f"{home / FILE_NAME}, or set ORDERINTEL_SECRET_KEY"
        )
    return tenant_secret(settings)


def _check(manifest: Manifest, secret: bytes) -> None:
    if not knows(manifest.schema):
        raise BackupError(
            f"the backup's tables are of step {manifest.schema}, which this version does not know: "
            f"restore it with version {manifest.version} or later"
        )
    if manifest.secret != _mark_of(secret):
        raise BackupError(
            "the secret is not the one the backup was made under: nothing in it would link or open"
        )


def _fill(url: str, tables: Path, manifest: Manifest) -> None:
    """Make the tables as they were, fill them in one commit, and bring them up to date."""
    engine = open_engine(url)
    try:
        migrate(engine, to=manifest.schema)
        with engine.begin() as connection:
            if not is_empty(connection):
                if counts(connection) != manifest.rows:
                    raise BackupError(
                        "the store is not empty: name another in ORDERINTEL_DATABASE_URL"
                    )
                return  # an earlier try came as far as this
            read_tables(connection, tables)
        migrate(engine)
    finally:
        engine.dispose()
        _settle(url)


def _settle(url: str) -> None:
    """Put what SQLite keeps beside its file into it, since the file is about to move."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _put(fresh: Path, home: Path) -> None:
    """Let a whole home take the place of an empty one, in one step."""
    home.parent.mkdir(parents=True, exist_ok=True)
    for path in sorted(fresh.rglob("*")):
        if path.is_file():
            sync(path)
    before = _before(home)
    if home.exists():
        home.replace(before)
    fresh.replace(home)
    sync(home.parent)
    shutil.rmtree(before, ignore_errors=True)


def _before(home: Path) -> Path:
    """Where an empty home, which may hold a secret, stands while a whole one takes its place."""
    return home.with_name(f".{home.name}.before")
