"""All card readers of a kiosk at once, on real drivers and simulated readers."""

import time
from collections.abc import Callable, Iterator
from queue import Empty, Queue
from typing import Any

import pytest

from config.schema import PeripheralEntry
from drivers import sim
from drivers.sim.base import CannotPlayError
from drivers.status import PeripheralHealth, State
from kiosk.flow.events import CardFailed, CardRead, DevicesChanged, Event
from kiosk.flow.visit import CardNotice
from kiosk.peripherals import READ_S, Peripherals


class Kiosk:
    """The peripherals of a kiosk with these readers, and what they post."""

    def __init__(self, *drivers: str) -> None:
        self.readers: list[Any] = []
        self.events: Queue[Event] = Queue()
        self.works = False
        entries = []
        for number, driver in enumerate(drivers):
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
            self.works = event.reader_works
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

    def start(*drivers: str) -> Kiosk:
        running.append(Kiosk(*drivers))
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


def test_a_card_that_cannot_be_read_ends_the_look(kiosk: Callable[..., Kiosk]) -> None:
    k = kiosk("sdt_reader", "sdt_reader")
    begun = time.monotonic()
    k.readers[1].lay("unknown_type")
    k.peripherals.start_reading("visit-1")
    event = k.next()
    assert isinstance(event, CardFailed)
    assert event.notice is CardNotice.UNSUPPORTED
    assert time.monotonic() - begun < READ_S
    k.quiet()


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
    k.readers[0].unplug()  # screens must not ask for ID cards that only a chip reader is left for
    k.until(lambda: not k.works)
