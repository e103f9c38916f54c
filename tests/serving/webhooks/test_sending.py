from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from features.durations import SECOND_US
from serving.webhooks.guard import Guard, Target
from serving.webhooks.sending import Answer, send
from tests.serving.webhooks.receiver import Receiver, drip, garbage, hang_up, receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving.webhooks.receiver import Handler

GUARD = Guard((), ("127.0.0.1", "localhost"))
PATIENCE_S = 60.0


def sent(receiver: Receiver, *, deadline: float = 60.0) -> Answer:
    return send(GUARD.target(receiver.url), b"{}", {"webhook-id": "msg_1"}, deadline=deadline)


def test_a_message_arrives_as_it_was_written(receiver: Receiver) -> None:
    target = GUARD.target(receiver.url + "?shop=1")

    answer = send(target, b'{"a":1}', {"webhook-id": "msg_1"})

    (got,) = receiver.got
    assert answer == Answer(204)
    assert (got.path, got.body, got.id) == ("/hook?shop=1", b'{"a":1}', "msg_1")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_a_refusal_is_told(receiver: Receiver, status: int) -> None:
    receiver.behave = lambda handler: handler.say(status)

    answer = sent(receiver)

    assert answer.status == status
    assert not answer.is_taken
    assert answer.is_gone == (status == 410)


def test_a_receiver_may_ask_to_be_left_alone(receiver: Receiver) -> None:
    receiver.behave = lambda handler: handler.say(429, retry_after="120")

    assert sent(receiver).retry_after == 120 * SECOND_US


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    def elsewhere(handler: Handler) -> None:
        handler.say(302, location=receiver.url + "/other")

    receiver.behave = elsewhere

    answer = sent(receiver)

    assert (answer.status, answer.is_taken) == (302, False)
    assert len(receiver.got) == 1


def test_a_receiver_that_drips_is_cut_off_in_time(receiver: Receiver) -> None:
    is_over = threading.Event()

    def behave(handler: Handler) -> None:
        drip(handler)
        is_over.set()

    receiver.behave = behave

    answer = sent(receiver, deadline=0.3)

    assert answer == Answer(None, "timeout")  # and not what a whole minute of drops would be
    assert is_over.wait(PATIENCE_S)


def test_a_receiver_that_says_nothing_is_cut_off_in_time(receiver: Receiver) -> None:
    may_end = threading.Event()

    def behave(_handler: Handler) -> None:
        may_end.wait(PATIENCE_S)

    receiver.behave = behave

    answer = sent(receiver, deadline=0.2)
    may_end.set()

    assert answer == Answer(None, "timeout")


def test_garbage_is_no_answer(receiver: Receiver) -> None:
    receiver.behave = garbage

    assert sent(receiver) == Answer(None, "no HTTP")


def test_a_closed_connection_is_no_answer(receiver: Receiver) -> None:
    receiver.behave = hang_up

    assert sent(receiver) == Answer(None, "closed")


def test_where_nobody_listens_is_no_answer() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        target = GUARD.target(f"http://127.0.0.1:{free.getsockname()[1]}/")

        assert send(target, b"{}", {}) == Answer(None, "refused")


def test_the_next_address_is_tried(receiver: Receiver) -> None:
    target = Target("http", "localhost", receiver.port, "/", ("::1", "127.0.0.1"))

    assert send(target, b"{}", {}) == Answer(204)
    assert receiver.got[0].headers["host"] == f"localhost:{receiver.port}"


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate for a name, signed by itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names[:1]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return certificate(tmp_path, "hooks.shop.com")


@pytest.fixture
def secured(own: Path) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    yield from receiving(context)


def test_tls_is_checked_under_the_hosts_own_name(secured: Receiver, own: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(own))
    right = Target("https", "hooks.shop.com", secured.port, "/", ("127.0.0.1",))
    wrong = Target("https", "other.shop.com", secured.port, "/", ("127.0.0.1",))

    assert send(right, b"{}", {}, context=trusting) == Answer(204)
    assert send(wrong, b"{}", {}, context=trusting) == Answer(None, "certificate")


def test_a_certificate_nobody_knows_is_refused(secured: Receiver) -> None:
    target = Target("https", "hooks.shop.com", secured.port, "/", ("127.0.0.1",))

    assert send(target, b"{}", {}) == Answer(None, "certificate")
    assert secured.got == []
