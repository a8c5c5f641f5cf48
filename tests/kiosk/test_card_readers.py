"""All card readers of a kiosk at once, on real drivers and simulated readers."""

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from config.schema import PeripheralEntry
from drivers import registry, sim
from drivers.interfaces import CardKind
from drivers.sim.base import CannotPlayError
from drivers.status import PeripheralHealth, State
from kiosk.card_look import LATE_S, READ_S
from kiosk.cards import cards_read
from kiosk.flow.events import CardFailed, CardRead, DevicesChanged, Event
from kiosk.flow.visit import CardNotice, Cards
from kiosk.peripherals import Peripherals

# A reader without any device behind it: its look ends when it is told to, or not at all.
STUBBORN = """
import threading
from pydantic import BaseModel
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import DeviceStatus, DriverSpec, Kind
from drivers.status import State

class Options(BaseModel):
    heeds: bool

class Device:
    def __init__(self, options):
        self.heeds = options.heeds
    def status(self):
        return DeviceStatus(State.ONLINE)
    def close(self):
        pass
    def read(self, timeout_s, cancelled):
        global looks, heeded
        looks += 1
        while not let_go.wait(0.01):
            if self.heeds and cancelled():
                heeded += 1
                raise PeripheralError(Reason.CANCELLED, "cancelled")
        raise PeripheralError(Reason.NO_CARD, "no card")

let_go = threading.Event()
looks = heeded = 0
SPEC = DriverSpec("stubborn", Kind.CARD_READER, "Reader of this test", Options, Device)
"""


@pytest.fixture
def stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs a driver of another maker's, `stubborn`; its module, that lets go of it."""
    (tmp_path / "stubborn_reader.py").write_text(STUBBORN)
    installed = tmp_path / "stubborn-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: stubborn\nVersion: 1.0\n")
    entry = "[yukuai_hall.drivers]\nstubborn = stubborn_reader:SPEC\n"
    (installed / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "stubborn_reader", raising=False)
    registry.spec_of.cache_clear()
    module = importlib.import_module("stubborn_reader")
    yield module
    module.let_go.set()
    registry.spec_of.cache_clear()


class Kiosk:
    """The peripherals of a kiosk with these readers, and what they post.

    `heeds` is whether a stubborn reader ends when its look is cancelled.
    """

    def __init__(self, *drivers: str, heeds: bool = False) -> None:
        self.readers: list[Any] = []
        self.events: Queue[Event] = Queue()
        self.works = False
        self.cards: Cards | None = None
        entries = []
        for number, driver in enumerate(drivers):
            options: dict[str, Any] = {"heeds": heeds}
            if driver != "stubborn":
                self.readers.append(sim.start(driver))
                options = self.readers[-1].options
            entries.append(PeripheralEntry(id=f"r{number}", driver=driver, options=options))
        self.health: dict[str, PeripheralHealth] = {}
        self.peripherals = Peripherals(entries, self._post, self._told)
        self.peripherals.start()
        self.until(lambda: len(self.health) == len(drivers) and self.all_online())

    def _told(self, health: PeripheralHealth) -> None:
        self.health[health.id] = health

    def _post(self, event: Event) -> None:
        if isinstance(event, DevicesChanged):
            self.works, self.cards = event.reader_works, event.cards
        else:
            self.events.put(event)

    def all_online(self) -> bool:
        return all(health.state is State.ONLINE for health in tuple(self.health.values()))

    def next(self, timeout_s: float = 20) -> Event:
        return self.events.get(timeout=timeout_s)

    def quiet(self, seconds: float = 1) -> None:
        with pytest.raises(Empty):
            self.events.get(timeout=seconds)

    def until(self, condition: Callable[[], bool], timeout_s: float = 15) -> None:
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.01)

    def stop(self) -> None:
        self.peripherals.stop()
        for reader in self.readers:
            reader.stop()


@pytest.fixture
def kiosk() -> Iterator[Callable[..., Kiosk]]:
    """`kiosk("sdt_reader", …)` starts one."""
    running: list[Kiosk] = []

    def start(*drivers: str, heeds: bool = False) -> Kiosk:
        running.append(Kiosk(*drivers, heeds=heeds))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.mark.parametrize("at", [0, 1])
def test_whichever_card_comes_first_is_the_one(kiosk: Callable[..., Kiosk], at: int) -> None:
    k = kiosk("sdt_reader", "sdt_reader")
    k.peripherals.start_reading("visit-1")
    k.readers[at].lay("jia")
    event = k.next()
    assert isinstance(event, CardRead)
    assert (event.session, event.notice) == ("visit-1", None)
    # The other reader soon waits no longer: a card laid there then is for the next look.
    time.sleep(0.5)
    k.readers[1 - at].lay("yi")
    k.quiet()
    k.peripherals.start_reading("visit-2")
    event = k.next()
    assert isinstance(event, CardRead)
    assert event.session == "visit-2"
    assert event.person is not None
    assert event.person.masked_name == "测**"


def test_no_card_is_told_once_after_all_readers_looked(kiosk: Callable[..., Kiosk]) -> None:
    k = kiosk("sdt_reader", "sdt_reader")
    k.peripherals.start_reading("visit-1")
    assert k.next() == CardFailed("visit-1", None)
    k.quiet(READ_S + 1)


def test_one_reader_out_of_order_is_no_trouble_for_the_other(kiosk: Callable[..., Kiosk]) -> None:
    k = kiosk("sdt_reader", "sdt_reader")
    k.readers[0].unplug()
    for _ in range(2):  # noticed in use, then known
        k.peripherals.start_reading("visit-1")
        assert k.next() == CardFailed("visit-1", None)
        assert k.works
    k.peripherals.start_reading("visit-1")
    k.readers[1].lay("jia")
    assert isinstance(k.next(), CardRead)


def test_all_readers_out_of_order_is_told(kiosk: Callable[..., Kiosk]) -> None:
    k = kiosk("sdt_reader", "sdt_reader")
    for reader in k.readers:
        reader.unplug()
    k.peripherals.start_reading("visit-1")
    assert k.next() == CardFailed("visit-1", CardNotice.READER_GONE)
    k.until(lambda: not k.works)


def test_a_card_that_cannot_be_read_ends_the_look(
    kiosk: Callable[..., Kiosk], stubborn: Any
) -> None:
    k = kiosk("sdt_reader", "stubborn", heeds=True)
    k.readers[0].lay("unknown_type")
    k.peripherals.start_reading("visit-1")
    event = k.next()
    assert isinstance(event, CardFailed)
    assert event.notice is CardNotice.UNSUPPORTED
    k.until(lambda: stubborn.heeded == 1)  # it waits no longer, and never would by itself
    k.quiet()


def test_a_reader_that_hangs_is_soon_no_trouble_for_the_other(
    kiosk: Callable[..., Kiosk], stubborn: Any
) -> None:
    k = kiosk("sdt_reader", "stubborn")
    k.peripherals.start_reading("visit-1")
    assert k.next() == CardFailed("visit-1", None)
    assert k.works
    for _ in range(2):  # looks of the other one alone
        begun = time.monotonic()
        k.peripherals.start_reading("visit-1")
        assert k.next(LATE_S - 1) == CardFailed("visit-1", None)
        assert time.monotonic() - begun >= READ_S - 0.1
    k.peripherals.start_reading("visit-1")
    k.readers[0].lay("jia")
    assert isinstance(k.next(LATE_S - 1), CardRead)
    assert stubborn.looks == 1
    k.readers[0].lift()
    stubborn.let_go.set()  # it is asked again once it has ended
    k.until(lambda: k.health["r1"].state is State.ONLINE)
    k.peripherals.start_reading("visit-2")
    assert k.next() == CardFailed("visit-2", None)
    assert stubborn.looks == 2


def test_readers_that_all_hang_are_out_of_order_until_they_end(
    kiosk: Callable[..., Kiosk], stubborn: Any
) -> None:
    k = kiosk("stubborn")
    k.peripherals.start_reading("visit-1")
    assert k.next() == CardFailed("visit-1", CardNotice.READER_GONE)
    assert not k.works
    k.peripherals.start_reading("visit-1")
    assert k.next(LATE_S - 1) == CardFailed("visit-1", CardNotice.READER_GONE)
    stubborn.let_go.set()
    k.until(lambda: k.works)


def test_a_reader_that_hangs_is_known_though_every_look_was_stopped(
    kiosk: Callable[..., Kiosk], stubborn: Any
) -> None:
    k = kiosk("stubborn")
    k.peripherals.start_reading("visit-1")
    k.peripherals.stop_reading()
    time.sleep(LATE_S)
    k.peripherals.start_reading("visit-2")
    assert k.next(LATE_S - 1) == CardFailed("visit-2", CardNotice.READER_GONE)
    assert not k.works


def test_what_nobody_waits_for_is_dropped(kiosk: Callable[..., Kiosk]) -> None:
    k = kiosk("sdt_reader", "sdt_reader")
    k.peripherals.start_reading("visit-1")
    k.peripherals.stop_reading()
    k.readers[0].lay("jia")
    k.quiet()


def test_without_a_reader_the_flow_is_told_so(kiosk: Callable[..., Kiosk]) -> None:
    posted: list[Event] = []
    peripherals = Peripherals([], posted.append, lambda health: None)
    peripherals.start()
    peripherals.start_reading("visit-1")
    assert posted[-1] == CardFailed("visit-1", CardNotice.READER_GONE)


def test_an_identity_card_and_a_social_security_card(kiosk: Callable[..., Kiosk]) -> None:
    try:
        k = kiosk("sdt_reader", "social_security_card")
    except CannotPlayError as e:
        pytest.skip(f"no chip card can be played here: {e}")
    for reader, card in ((1, "yi"), (0, "jia"), (1, "jia")):
        k.peripherals.start_reading("visit-1")
        k.readers[reader].lay(card)
        event = k.next()
        while event == CardFailed("visit-1", None):  # a look that ended before the card was in
            k.peripherals.start_reading("visit-1")
            event = k.next()
        assert isinstance(event, CardRead)
        assert event.person is not None
        k.readers[reader].lift()
    k.peripherals.start_reading("visit-1")
    k.readers[1].lay("bank")
    while (event := k.next()) == CardFailed("visit-1", None):
        k.peripherals.start_reading("visit-1")
    assert event == CardFailed("visit-1", CardNotice.UNSUPPORTED)
    k.until(lambda: k.works and k.cards is Cards.BOTH)
    k.readers[0].unplug()  # screens must not ask for ID cards that only a chip reader is left for
    k.until(lambda: k.cards is Cards.SOCIAL_SECURITY)
    assert k.works
    k.readers[0].plug()
    k.until(lambda: k.cards is Cards.BOTH)
    k.readers[1].unplug()
    k.until(lambda: k.cards is Cards.IDENTITY)
    k.readers[0].unplug()  # what is out of order is named as it was configured
    k.until(lambda: not k.works)
    assert k.cards is Cards.BOTH


def test_a_hall_with_only_a_chip_card_reader(kiosk: Callable[..., Kiosk]) -> None:
    try:
        k = kiosk("social_security_card")
    except CannotPlayError as e:
        pytest.skip(f"no chip card can be played here: {e}")
    k.until(lambda: k.works and k.cards is Cards.SOCIAL_SECURITY)
    k.readers[0].unplug()
    k.until(lambda: not k.works)
    assert k.cards is Cards.SOCIAL_SECURITY


@pytest.mark.parametrize(
    ("readers", "cards"),
    [
        ([], Cards.IDENTITY),
        ([()], Cards.IDENTITY),
        ([(), (CardKind.FOREIGN_2023,)], Cards.IDENTITY),
        ([(CardKind.SOCIAL_SECURITY,)], Cards.SOCIAL_SECURITY),
        ([(CardKind.SOCIAL_SECURITY,), ()], Cards.BOTH),
        ([(CardKind.SOCIAL_SECURITY, CardKind.CITIZEN)], Cards.BOTH),  # a combined reader
    ],
)
def test_what_readers_take(readers: list[tuple[CardKind, ...]], cards: Cards) -> None:
    assert cards_read(readers) is cards
