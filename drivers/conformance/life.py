"""Conformance: opened, used, closed, again; nothing is left behind."""

import threading
import time
from queue import Queue
from typing import Any

import pytest

from drivers.conformance.subject import Holdings, Subject, said
from drivers.errors import Reason
from drivers.interfaces import DeviceStatus, Kind
from drivers.lifecycle import Owner
from drivers.status import State

READY_S = 15.0
CANCEL_S = 1.5  # 100 ms between two looks at `cancelled`, and a busy machine
LOOK = "look at `cancelled` every 100 ms, and raise CANCELLED when it turns true"
OPEN_EARLY = "open the port in DriverSpec.open, and raise NO_DEVICE, sent false, when it is gone"
WAITING = (Kind.CARD_READER, Kind.SCANNER, Kind.SPEAKER)


class Life:
    """The lifecycle of one device, by hand and under an owner."""

    def test_open_status_use_and_close_twice(self, subject: Subject) -> None:
        device = subject.open()
        status = subject.call(device.status).value
        assert isinstance(status, DeviceStatus), f"status returned {status!r}, no DeviceStatus"
        subject.online(device)
        for ended in (subject.call(subject.use, device), subject.call(subject.use, device)):
            subject.check_result(ended)
            fine = ended.reason in (None, "no_card", "no_code", "unconfirmed")
            assert fine, f"its simulator is well, but it did not work out: {ended}"
        for _ in range(2):
            assert subject.call(device.close).error is None

    def test_opened_again_it_works_again(self, subject: Subject) -> None:
        for _ in range(3):
            device = subject.open()
            subject.online(device)
            subject.call(device.close)

    def test_nothing_is_left_open(self, subject: Subject) -> None:
        subject.call(subject.open().close)
        before = Holdings()
        for _ in range(3):
            device = subject.open()
            subject.call(device.status)
            subject.call(subject.use, device)
            subject.call(device.close)
        before.check()

    def test_what_is_not_there_is_no_device_and_nothing_was_sent(self, subject: Subject) -> None:
        options = subject.options()
        subject.simulator.stop()
        ended = subject.call(subject.spec.open, options)
        assert ended.error is not None, f"opened though its simulator has ended: {OPEN_EARLY}"
        right = (ended.error.reason, ended.error.sent) == (Reason.NO_DEVICE, False)
        told = f"{said(ended.error)}, sent {ended.error.sent}"
        assert right, f"its simulator has ended, but open raised {told}: {OPEN_EARLY}"

    def test_an_owner_works_with_it_until_it_stops(self, subject: Subject) -> None:
        results: Queue[Any] = Queue()
        owner = Owner("tried", subject.spec, subject.options())
        owner.start()
        try:
            wait_for(lambda: owner.health.state is State.ONLINE, owner, "opened, but not online")
            owner.submit(lambda device, cancelled: device.status(), results.put)
            assert isinstance(results.get(timeout=subject.limit_s), DeviceStatus)
        finally:
            owner.stop()
        assert owner.health.state is State.STOPPED
        owner.submit(lambda device, cancelled: device.status(), results.put)
        assert results.get(timeout=1).reason is Reason.CANCELLED
        subject.call(subject.open().close)  # the port was given back

    def test_waiting_can_be_cancelled(self, subject: Subject) -> None:
        if subject.spec.kind not in WAITING:
            pytest.skip(f"a {subject.spec.kind.value} does not wait for anybody")
        device = subject.open()
        asked = threading.Event()
        at: list[float] = []

        def cancel() -> None:
            at.append(time.monotonic())
            asked.set()

        timer = threading.Timer(0.3, cancel)
        timer.start()
        ended = subject.call(subject.use, device, subject.limit_s / 2, asked.is_set)
        timer.join()
        told = said(ended.error) if ended.error else repr(ended.value)
        stopped = ended.error is not None and ended.error.reason is Reason.CANCELLED
        assert stopped, f"it was cancelled, and the call ended with {told}: {LOOK}"
        late_s = time.monotonic() - at[0]
        assert late_s < CANCEL_S, f"cancelled only after {late_s:.1f} s: {LOOK}"


def wait_for(condition: Any, owner: Owner, wrong: str) -> None:
    """Wait until `condition()` holds, or fail with what is `wrong` and how the peripheral is."""
    end = time.monotonic() + READY_S
    while not condition():
        if time.monotonic() > end:
            health = owner.health
            told = f"{health.state.value}{f' ({health.detail})' if health.detail else ''}"
            pytest.fail(f"{wrong}: after {READY_S:g} s its health is {told}")
        time.sleep(0.01)
