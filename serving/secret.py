"""The tenant's secret: from the environment, from a file, or made once and kept in the home."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

from serving.errors import SecretError

if TYPE_CHECKING:
    from pathlib import Path

    from serving.settings import Settings

FILE_NAME: Final = "secret.key"
LEAST_CHARACTERS: Final = 16
"""Shorter secrets could be found by trying: 16 hexadecimal digits are 64 bits."""


def tenant_secret(settings: Settings) -> bytes:
    """Give the secret under which personal data is hashed and sealed, and cookies are signed.

    Parameters
    ----------
    settings
        ``secret_key`` or the content of ``secret_key_file`` when set; otherwise the file
        ``secret.key`` in ``home``, which is made with a random secret, readable by its owner only,
        when it does not exist yet.

    Returns
    -------
    bytes
        The secret. Two processes that start at once agree on one.

    Raises
    ------
    SecretError
        When it is too short, or the file cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from serving.settings import Settings
    >>> with TemporaryDirectory() as home:
    ...     tenant_secret(Settings(home=Path(home))) == tenant_secret(Settings(home=Path(home)))
    True
    """
    if settings.secret_key is not None:
        return _checked(settings.secret_key.get_secret_value(), "ORDERINTEL_SECRET_KEY")
    if settings.secret_key_file is not None:
        return _read(settings.secret_key_file)
    path = settings.home / FILE_NAME
    if not path.exists():
        _make(path)
    return _read(path)


def has_secret(settings: Settings) -> bool:
    """Tell whether there is a secret already, so that none has to be made."""
    is_given = settings.secret_key is not None or settings.secret_key_file is not None
    return is_given or (settings.home / FILE_NAME).exists()


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(_random_secret(), "ascii")
    try:
        # A link fails when the name is taken, so that the first of several processes wins.
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _random_secret() -> str:
    return secrets.token_hex(32)


def _read(path: Path) -> bytes:
    try:
        return _checked(path.read_text("utf-8").strip(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"the secret key cannot be read from {path}: {error}") from None


def _checked(secret: str, place: str) -> bytes:
    if len(secret) < LEAST_CHARACTERS:
        raise SecretError(
            f"{place} is too short: give at least {LEAST_CHARACTERS} random characters, "
            "such as `openssl rand -hex 32` prints"
        )
    return secret.encode()
