"""The link at its limits: TLS, more retained state than packet ids, twins with one name."""

import datetime
import ipaddress
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bus import messages as m
from bus import topics
from bus.link import Delivery, Link, LinkSettings
from bus.mqtt import RECEIVE_MAXIMUM
from tests.broker import SITE, Running, free_port, running_broker, until


def certificate(folder: Path) -> None:
    """A self-signed certificate for 127.0.0.1, which is its own CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[LinkSettings]:
    """Link settings for a broker that speaks TLS only."""
    certificate(tmp_path)
    port = free_port()
    (tmp_path / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nmax_inflight_messages 0\n"
        f"certfile {tmp_path}/cert.pem\nkeyfile {tmp_path}/key.pem\n"
    )
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert program
    process = subprocess.Popen([program, "-c", str(tmp_path / "mosquitto.conf")])
    yield LinkSettings(
        terminal="controller",
        site=SITE,
        host="127.0.0.1",
        port=port,
        username="controller",
        password="x",
        seal_key=b"k" * 32,
        tls_ca=str(tmp_path / "cert.pem"),
    )
    process.terminate()
    process.wait()


def test_tls_with_much_to_say(tls: LinkSettings) -> None:
    got: list[Delivery] = []

    def take(delivery: Delivery) -> None:
        got.append(delivery)
        link.ack(delivery)

    link = Link(tls, subscribe=[topics.everywhere(topics.EVENT)], on_delivery=take)
    link.start()
    until(lambda: link.connected)
    detail = "长" * 200
    for number in range(2000):
        event = m.Event(id=f"{number}", kind=m.EventKind.CARD_ERROR, at_ms=number, detail=detail)
        assert link.publish(topics.EVENT, "kiosk-1", event)
    until(lambda: len(got) == 2000)
    assert len({each.payload for each in got}) == 2000
    link.stop()


def test_tls_refuses_a_stranger(tls: LinkSettings, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    certificate(tmp_path / "other")
    settings = msgspec.structs.replace(tls, tls_ca=str(tmp_path / "other" / "cert.pem"))
    link = Link(settings)
    link.start()
    until(lambda: "certificate verify failed" in link.problem)
    assert not link.connected
    link.stop()


@pytest.mark.slow
def test_more_retained_state_than_packet_ids(tmp_path: Path) -> None:
    """70,000 windows of a municipality, published before the link is up."""
    count = RECEIVE_MAXIMUM + 4465
    with running_broker(tmp_path) as hall:
        seen: set[str] = set()

        def take(delivery: Delivery) -> None:
            seen.add(delivery.address.name)
            reader.ack(delivery)

        reader = Link(
            hall.links["controller"],
            client_id="reader",
            session_s=0,
            subscribe=[topics.everywhere(topics.HEALTH)],
            on_delivery=take,
        )
        reader.start()
        until(lambda: reader.connected)
        writer = Link(hall.links["controller"])
        health = m.Health(at_ms=1)
        for number in range(count):
            writer.publish(topics.HEALTH, f"k{number}", health)
        writer.start()
        until(lambda: len(seen) == count, 60)
        writer.stop()
        reader.stop()


def test_twins_with_one_name_do_not_storm(tmp_path: Path) -> None:
    with running_broker(tmp_path) as hall:
        twins = [Link(hall.links["kiosk-1"]) for _ in range(2)]
        for twin in twins:
            twin.start()
        threading.Event().wait(3)
        assert sum(twin.generation for twin in twins) < 20
        assert any("connection lost" in twin.problem for twin in twins)
        for twin in twins:
            twin.stop()


def test_a_wake_at_any_moment_of_a_pump_leaves_it_waiting_again(hall: Running) -> None:
    link = Link(hall.links["kiosk-1"], session_s=0)
    until(lambda: link.pump(0.01) or link.connected)
    paused, go_on, over = threading.Semaphore(0), threading.Semaphore(0), threading.Event()

    def line_by_line(frame: FrameType, _event: str, _argument: object) -> Any:
        if frame.f_code is Link.wake.__code__:
            paused.release()
            go_on.acquire()
        return line_by_line

    def wake() -> None:
        sys.settrace(line_by_line)
        link.wake()
        sys.settrace(None)
        over.set()
        paused.release()

    waker = threading.Thread(target=wake, daemon=True)
    waker.start()
    while not over.is_set():
        paused.acquire()
        link.pump(0)  # one between any two lines of `wake`
        go_on.release()
    link.pump(0.05)
    began = time.monotonic()
    for _ in range(10):
        link.pump(0.05)
    waited_s = time.monotonic() - began
    link.stop()
    assert waited_s > 0.25, "the pump spins"


def test_no_wake_is_lost(hall: Running) -> None:
    link = Link(hall.links["kiosk-1"], session_s=0)
    until(lambda: link.pump(0.01) or link.connected)
    done: list[int] = []
    for number in range(200):
        waker = threading.Thread(target=link.post, args=[partial(done.append, number)])
        waker.start()
        began = time.monotonic()
        while len(done) <= number:
            link.pump(30)
            assert time.monotonic() - began < 20, "the posted work waited for the time-out"
        waker.join()
    link.stop()
