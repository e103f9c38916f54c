"""The tenant's secret: from the environment, or made once and kept in the home folder."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from serving.settings import Settings

FILE_NAME: Final = "secret.key"


def tenant_secret(settings: Settings) -> bytes:
    """Give the secret under which personal data is hashed and cookies are signed.

    Parameters
    ----------
    settings
        ``secret_key`` when set; otherwise the file ``secret.key`` in ``home``, which is made with
        a random secret, readable by its owner only, when it does not exist yet.

    Returns
    -------
    bytes
        The secret. Two processes that start at once agree on one.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.home / FILE_NAME
    if not path.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32), "ascii")
        try:
            # A link fails when the name is taken, so that the first of several processes wins.
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text("ascii").strip().encode()
