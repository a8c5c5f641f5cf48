"""pcscd stops, dies, comes back, loses its reader: nothing hangs, nothing leaks, all comes back."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chip_card as sheet
import pytest

from drivers import registry, sim
from drivers.cards.pcsc_service import Service
from drivers.cards.pcsc_words import PcscError
from drivers.cards.social_security_card import SPEC, SocialSecurityOptions
from drivers.conformance.subject import Holdings
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import IdentityCard
from drivers.lifecycle import Owner
from drivers.sim.base import CannotPlayError
from drivers.sim.pcscd import LOCK, SLOT, Pcscd
from drivers.sim.social_security_card import SocialSecurityCardSimulator
from drivers.status import PeripheralHealth, State

CYCLES = 20
BACK_S = 5.0
SYSTEM_SOCKET = Path("/run/pcscd/pcscd.comm")


def until(condition: Callable[[], bool], timeout_s: float = 10) -> float:
    """Seconds that it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < timeout_s
        time.sleep(0.01)
    return time.monotonic() - begun


def play(**options: Any) -> SocialSecurityCardSimulator:
    try:
        simulator = sim.start("social_security_card", **options)
    except CannotPlayError as e:
        pytest.skip(f"no chip card can be played here: {e}")
    assert isinstance(simulator, SocialSecurityCardSimulator)
    return simulator


@pytest.fixture
def card() -> Iterator[SocialSecurityCardSimulator]:
    simulator = play()
    yield simulator
    simulator.stop()


@pytest.fixture
def owner(card: SocialSecurityCardSimulator) -> Iterator[Owner]:
    owner = Owner("chip", SPEC, SocialSecurityOptions(**card.options), status_every_s=0.1)
    owner.start()
    until(lambda: owner.health.state is State.ONLINE)
    yield owner
    owner.stop()


def read_with(owner: Owner, seconds: float = 5) -> Any:
    results: list[Any] = []
    done = threading.Event()

    def keep(result: Any) -> None:
        results.append(result)
        done.set()

    owner.submit(lambda device, cancelled: device.read(seconds, cancelled), keep)
    assert done.wait(seconds + 20)
    return results[0]


def test_twenty_restarts_of_pcscd_leave_nothing_and_a_card_can_be_read(
    card: SocialSecurityCardSimulator, owner: Owner
) -> None:
    before = Holdings()
    slowest = 0.0
    for cycle in range(CYCLES):
        if cycle % 2:
            card.crash()
        card.unplug()
        until(lambda: owner.health.state is State.NO_DEVICE)
        assert owner.health.detail
        card.plug()
        slowest = max(slowest, until(lambda: owner.health.state is State.ONLINE, BACK_S))
    assert slowest < BACK_S
    card.lay("jia")
    assert isinstance(read_with(owner), IdentityCard)
    card.lift()
    before.check()


def test_twenty_cards_in_and_out_are_noticed_and_leave_nothing(
    card: SocialSecurityCardSimulator, owner: Owner
) -> None:
    before = Holdings()
    for _ in range(CYCLES):
        card.lay("jia")
        until(lambda: owner.health.card_present is True)
        card.lift()
        until(lambda: owner.health.card_present is False)
    before.check()


def test_a_reader_pulled_from_a_running_pcscd_comes_back(
    card: SocialSecurityCardSimulator, owner: Owner
) -> None:
    before = Holdings()
    for _ in range(CYCLES):
        card.pull_reader()
        until(lambda: "there: none" in owner.health.detail)
        assert owner.health.state is State.NO_DEVICE
        card.unplug()
        card.plug()
        until(lambda: owner.health.state is State.ONLINE, BACK_S)
    before.check()


def test_pcscd_dies_while_a_card_is_waited_for_or_read(
    card: SocialSecurityCardSimulator, owner: Owner
) -> None:
    before = Holdings()
    for card_in in (False, True, False, True):
        if card_in:
            card.slow_ms = 300
            card.lay("jia")
        timer = threading.Timer(1.5, card.crash)
        timer.start()
        error = read_with(owner, 10)
        timer.join()
        assert isinstance(error, PeripheralError)
        assert error.reason in (Reason.NO_DEVICE, Reason.LOST)
        card.lift()
        card.slow_ms = 0
        card.restart()
        until(lambda: owner.health.state is State.ONLINE, BACK_S)
    card.lay("jia")
    assert isinstance(read_with(owner), IdentityCard)
    card.lift()
    before.check()


def test_a_stuck_card_ends_with_its_pcscd(card: SocialSecurityCardSimulator) -> None:
    before = Holdings()
    device = SPEC.open(SocialSecurityOptions(**card.options, answer_timeout_s=0.5))
    card.silent = True
    card.lay("jia")
    with pytest.raises(PeripheralError):
        device.read(5, sheet.never)
    device.close()
    card.lift()
    card.restart()
    before.check()


def test_health_tells_what_to_do(card: SocialSecurityCardSimulator) -> None:
    card.unplug()
    with pytest.raises(PcscError) as caught:
        SPEC.open(SocialSecurityOptions(**card.options))
    assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)
    assert "pcscd" in caught.value.advice


def test_an_owner_with_a_simulator_of_its_own() -> None:
    told: list[PeripheralHealth] = []
    try:
        owner = registry.make_owner(
            "chip", "social_security_card", {"reader": "elsewhere"}, True, told.append
        )
    except PeripheralError as e:
        pytest.skip(f"no chip card can be played here: {e}")
    assert isinstance(owner, registry.SimulatedOwner)
    owner.start()
    until(lambda: owner.health.state is State.ONLINE)
    card: Any = owner.simulator
    card.lay("yi")
    assert isinstance(read_with(owner), IdentityCard)
    owner.stop()
    assert not Path(card.options["socket"]).exists()
    assert told[-1].state is State.STOPPED


def test_several_pcscd_are_told_apart_in_one_process() -> None:
    cards = [play(card="jia"), play(card="yi")]
    devices = [SPEC.open(SocialSecurityOptions(**card.options)) for card in cards]
    names = [device.read(10, sheet.never).name for device in devices]
    assert names == ["测试甲", "测试乙阿卜杜热合曼麦麦提依明𠮷"]
    for device, card in zip(devices, cards, strict=True):
        device.close()
        card.stop()


@pytest.mark.parametrize("first", ["None", "'/no/such/socket'"])
def test_one_process_and_two_places_of_pcscd(first: str, tmp_path: Path) -> None:
    """The C library can be led elsewhere, but not after it went to the system's place."""
    code = f"""
import os
from drivers.cards.social_security_card import SPEC, SocialSecurityOptions
from drivers.errors import PeripheralError
for socket in ({first}, '/nowhere/else', None):
    try:
        SPEC.open(SocialSecurityOptions(reader="none of this name", socket=socket))
    except PeripheralError as e:
        print(e.reason.value, os.environ.get("PCSCLITE_CSOCK_NAME"))
"""
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    second = "bad_option" if first == "None" else "no_device"
    where = tmp_path / "none"
    assert done.stdout.splitlines() == [
        f"no_device {where}", f"{second} {where}", f"no_device {where}",
    ]  # fmt: skip


def test_a_deaf_pcscd_is_told_as_such(tmp_path: Path) -> None:
    place = tmp_path / "s"
    command = Path(sys.executable).with_name("hall-devices")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(place))
        deaf.listen()
        done = subprocess.run(
            [command, "read", "social_security_card", f"--option=socket={place}", "--timeout=3"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, "systemctl restart pcscd" in done.stdout) == (3, True)
    assert "does not answer within 3 s" in done.stderr


@pytest.fixture
def in_the_systems_place() -> Iterator[None]:
    """Nobody else's pcscd on this machine meanwhile; skipped where one runs already."""
    if os.geteuid() != 0:
        pytest.skip("only root may run pcscd in the system's place")
    with LOCK.open("w") as lock:
        end = time.monotonic() + 60
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > end:
                    pytest.skip("another program keeps this machine's pcscd")
                time.sleep(0.1)
        if SYSTEM_SOCKET.exists():
            try:
                Service().close()
            except PeripheralError:
                pass
            else:
                pytest.skip("a pcscd of the system runs")
        yield


def free(port: int) -> bool:
    """Debian's ports lie where the kernel takes those of outgoing connections from."""
    with socket.socket() as tried:
        try:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("", port))
        except OSError:
            return False
    return True


def test_debians_own_configuration(in_the_systems_place: None) -> None:
    """pcscd as it is installed, its readers Virtual PCD on 35963: no option is needed."""
    program = shutil.which("pcscd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or not Path("/etc/reader.conf.d/vpcd").exists():
        pytest.skip("pcscd and vsmartcard-vpcd are not installed")
    if not all(free(port) for port in (35963, 35964)):
        pytest.skip("the ports of Debian's virtual reader are taken by another program")
    daemon = subprocess.Popen([program, "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(SYSTEM_SOCKET.exists)
        card = sheet.ScriptedCard(35963, sheet.WHOLE)
        command = [shutil.which("hall-devices", path=str(Path(sys.executable).parent))]
        done = subprocess.run(
            [*command, "read", "social_security_card", "--reveal", "--timeout", "10", "--json"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        card.check()
        card.pull()
    finally:
        daemon.terminate()
        daemon.wait()
    assert '"number": "500000190001010007"' in done.stdout


def test_without_namespaces_it_runs_in_the_systems_place() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may run pcscd in the system's place")
    card = play(card="jia", private=False)
    assert card.options == {"reader": SLOT, "socket": str(SYSTEM_SOCKET)}
    device = SPEC.open(SocialSecurityOptions(**card.options))
    assert device.read(10, sheet.never).name == "测试甲"
    device.close()
    card.stop()
    assert not SYSTEM_SOCKET.exists()


def test_a_pcscd_that_cannot_be_played_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.sim.pcscd.DRIVER", Path("/no/such/driver.so"))
    with pytest.raises(CannotPlayError, match="apt-get install pcscd vsmartcard-vpcd"):
        Pcscd()
    with pytest.raises(PeripheralError, match="apt-get install"):
        registry.make_owner("chip", "social_security_card", {}, simulated=True)
