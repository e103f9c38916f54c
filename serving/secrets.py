"""The tenant's secret key, from the environment or from a file of its own in HOME."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

from features.errors import FeatureError

if TYPE_CHECKING:
    from serving.settings import Settings

FILE_NAME: Final = "secret.key"
MIN_LENGTH: Final = 16


class SecretKeyError(FeatureError):
    """The secret key is missing or too weak."""


def secret_key(settings: Settings) -> bytes:
    """Give the key of all keyed hashes; it is made once and kept readable for its owner only.

    Parameters
    ----------
    settings
        The environment; its ``secret_key`` wins over the file.

    Returns
    -------
    bytes
        The key.

    Raises
    ------
    SecretKeyError
        When the key is shorter than 16 characters.

    Examples
    --------
    >>> from serving.settings import Settings
    >>> secret_key(Settings(secret_key="0123456789abcdef"))
    b'0123456789abcdef'
    """
    if settings.secret_key is not None:
        return _checked(settings.secret_key.get_secret_value(), "ORDERINTEL_SECRET_KEY")
    path = settings.home / FILE_NAME
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _checked(path.read_text("ascii").strip(), str(path))
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        key = secrets.token_hex(32)
        stream.write(key + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return key.encode()


def _checked(key: str, place: str) -> bytes:
    if len(key) < MIN_LENGTH:
        raise SecretKeyError(
            f"{place}: the secret key needs at least {MIN_LENGTH} characters; "
            "write a long random text, for example of `openssl rand -hex 32`"
        )
    return key.encode()
