"""Signatures of Standard Webhooks: who sent a message, when, and that nobody changed it."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX: Final = "whsec_"


def secret_of(tenant_secret: bytes, endpoint_id: str, generation: int) -> str:
    """Give the secret that an endpoint checks signatures with.

    It is derived, so that no table and no backup holds it.

    Parameters
    ----------
    tenant_secret
        The tenant's key of all keyed hashes.
    endpoint_id
        The endpoint.
    generation
        How often its secret was replaced.

    Examples
    --------
    >>> one, other = secret_of(b"tenant", "whe_1", 1), secret_of(b"tenant", "whe_1", 2)
    >>> one.startswith("whsec_"), one == other
    (True, False)
    """
    said = f"orderintel webhook {endpoint_id} {generation}"
    return PREFIX + b64encode(hmac.digest(tenant_secret, said.encode(), "sha256")).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message.

    Parameters
    ----------
    secret
        ``whsec_`` and the key in base64.
    message_id
        ``webhook-id``.
    timestamp
        ``webhook-timestamp``, seconds since 1970.
    body
        The bytes that are sent.

    Notes
    -----
    Scheme ``v1`` of the specification [1]_: HMAC-SHA256 over id, timestamp and body with dots
    between them.

    .. [1] Standard Webhooks, specification 1.0.0, standardwebhooks.com.

    Examples
    --------
    The specification's own vector:

    >>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    >>> message = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    >>> signature(secret, message, 1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = b64decode(secret.removeprefix(PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, content, "sha256")).decode()


def headers_of(
    secrets: Iterable[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Give the headers of a message, signed with each of some secrets.

    Examples
    --------
    >>> sorted(headers_of(["whsec_AAAA"], "msg_1", 1, b"{}"))
    ['webhook-id', 'webhook-signature', 'webhook-timestamp']
    """
    signed = [signature(secret, message_id, timestamp, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signed),
    }
