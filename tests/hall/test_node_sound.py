"""A node between a real broker and a simulated loudspeaker: which calls are heard, and when."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bus import messages as m
from bus import topics
from bus.link import Delivery, Link
from config.loader import load
from config.schema import NodeSettings
from drivers import sim
from drivers.sim.speaker import SpeakerSimulator
from hall_controller import commands as c
from hall_controller.ids import IdMaker
from hall_controller.node.main import UsageError, choose
from hall_controller.node.node import Node
from hall_controller.node.voice import age_at_publication_s
from tests.broker import Running, running_broker, until
from tests.hall.floor import Floor, floor, issue

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is missing")
SHORT = {"chime": "none", "speed": 400}  # so that an announcement takes two seconds
new_id = IdMaker()


def window(
    name: str, number: str, shows: m.WindowShows = m.WindowShows.CALLING, **more: Any
) -> m.WindowState:
    fields = {"call_id": new_id(), "at_ms": time.time_ns() // 1_000_000, **more}
    return m.WindowState(window=name, name=f"{name}号窗口", shows=shows, number=number, **fields)


class Hall:
    """The controller's side, and the loudspeaker."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.heard_of: list[Delivery] = []
        self.controller = Link(
            running.links["controller"],
            subscribe=[topics.everywhere(topics.PRESENCE)],
            on_delivery=self.heard_of.append,
        )
        self.controller.start()
        self.speaker = sim.start("speaker")
        assert isinstance(self.speaker, SpeakerSimulator)

    def show(self, state: m.WindowState) -> None:
        self.controller.publish(topics.WINDOW, state.window, state)

    def ready(self) -> bool:
        return any(
            isinstance(said := each.decode(), m.Presence) and said.state is m.PresenceState.READY
            for each in self.heard_of
        )

    def seconds(self) -> list[float]:
        return [each.duration_s for each in self.speaker.announcements]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with running_broker(tmp_path) as running:
        hall = Hall(running)
        yield hall
        hall.speaker.stop()
        hall.controller.stop()


@contextmanager
def run(node: Node) -> Iterator[None]:
    thread = threading.Thread(target=node.run)
    thread.start()
    try:
        yield
    finally:
        node.stop()
        thread.join(timeout=10)
        assert not thread.is_alive()


@contextmanager
def node_at(
    hall: Hall, *, speakers: tuple[dict[str, Any], ...] = (), **options: Any
) -> Iterator[None]:
    entry = {"id": "speaker", "driver": "speaker"}
    entry["options"] = {**hall.speaker.options, **SHORT, **options}  # type: ignore[assignment]
    settings = NodeSettings.model_validate(
        {"id": "node-1", "peripherals": [entry], "speakers": list(speakers)}
    )
    with run(Node(settings, hall.running.data_dir / "links" / "node-1.json")):
        until(hall.ready, 20)
        yield


def spoken_s(hall: Hall, number: str, name: str, tmp_path: Path) -> float:
    """How long that call takes, from the same driver playing into a file."""
    import wave

    from drivers.interfaces import Announcement
    from drivers.sound.speaker import AnnouncingSpeaker, SpeakerOptions

    file = tmp_path / f"{number}.wav"
    options = SpeakerOptions.model_validate({"file": str(file), **SHORT})
    AnnouncingSpeaker(options).say(Announcement(number, f"{name}号窗口"), lambda: False)
    with wave.open(str(file)) as opened:
        return opened.getnframes() / opened.getframerate()


def test_a_retained_call_is_silent_and_a_new_one_and_its_recall_are_said(hall: Hall) -> None:
    old = window("1", "A007")
    hall.show(old)
    hall.show(window("2", "B001", m.WindowShows.SERVING))
    time.sleep(0.3)
    with node_at(hall):
        time.sleep(1.0)
        assert hall.speaker.announcements == []
        hall.show(old)  # as the controller does at each connection
        new = window("1", "A008")
        hall.show(new)
        until(lambda: len(hall.seconds()) == 1 and hall.speaker.announcements[0].ended)
        hall.show(window("1", "A008", m.WindowShows.SERVING, call_id=new.call_id))
        hall.show(new)
        hall.show(window("1", "A008"))  # a recall
        until(lambda: len(hall.seconds()) == 2 and hall.speaker.announcements[1].ended)
        first, second = hall.speaker.announcements
        assert first.duration_s == pytest.approx(second.duration_s, abs=0.05)
        time.sleep(0.5)
        assert len(hall.seconds()) == 2


def test_nothing_is_said_again_after_the_line_was_down(hall: Hall) -> None:
    with node_at(hall):
        hall.show(window("1", "A001"))
        until(lambda: hall.seconds() and hall.speaker.announcements[0].ended)
        hall.running.broker.stop()
        hall.show(window("1", "A002"))  # while nobody hears
        hall.running.broker.run()
        until(lambda: hall.controller.connected, 20)
        time.sleep(3.0)
        said = len(hall.seconds())
        assert said <= 2  # A002 is news only when the node was back before the controller
        hall.show(window("1", "A003"))
        until(lambda: len(hall.seconds()) == said + 1, 20)


def test_calls_close_together_are_all_said_in_order_and_never_at_once(
    hall: Hall, tmp_path: Path
) -> None:
    numbers = {"1": "A1", "2": "B7777777", "3": "A2"}
    lengths = [spoken_s(hall, number, name, tmp_path) for name, number in numbers.items()]
    assert lengths[1] > lengths[0] + 0.5
    with node_at(hall):
        for name, number in numbers.items():
            hall.show(window(name, number))
        until(lambda: len(hall.seconds()) == 3 and hall.speaker.announcements[2].ended, 30)
    assert hall.seconds() == [pytest.approx(length, abs=0.05) for length in lengths]
    assert not hall.speaker.overlaps
    assert not any(each.cut for each in hall.speaker.announcements)


def test_only_its_windows_and_nothing_too_old(hall: Hall) -> None:
    speakers = ({"peripheral": "speaker", "windows": ["1"], "max_age_s": 1.0},)
    with node_at(hall, speakers=speakers):
        hall.show(window("2", "B001"))
        hall.show(window("1", "A001"))
        for number in range(2, 8):
            hall.show(window("1", f"A00{number}"))  # each waits for those before
        hall.show(window("1", "A009", call_id=IdMaker(lambda: 1_700_000_000_000)()))
        until(lambda: hall.seconds() and hall.speaker.announcements[0].ended)
        time.sleep(1.0)
        assert len(hall.seconds()) == 1
        hall.show(window("1", "A010"))
        until(lambda: len(hall.seconds()) == 2)


def test_a_speaker_that_was_away_is_found_again(hall: Hall) -> None:
    with node_at(hall):
        hall.speaker.unplug()
        hall.show(window("1", "A001"))
        time.sleep(0.5)
        hall.speaker.plug()
        time.sleep(2.5)
        assert hall.seconds() == []  # late is worse than never
        hall.show(window("1", "A002"))
        until(lambda: len(hall.seconds()) == 1)


def test_a_real_hall_s_calls_and_recalls_are_said_and_what_is_undone_is_not(
    tmp_path: Path,
) -> None:
    with floor(tmp_path) as hall:
        speaker: Any = sim.start("speaker")
        entry = {"id": "s", "driver": "speaker", "options": {**speaker.options, **SHORT}}
        settings = NodeSettings.model_validate({"id": "kiosk-2", "peripherals": [entry]})
        issue(hall.kiosk())
        assert hall.act(c.OpenWindow(window="1")).outcome == "done"
        hall.links["kiosk-2"].save(tmp_path / "link.json")
        try:
            with run(Node(settings, tmp_path / "link.json")):
                until(lambda: is_ready(hall, "kiosk-2"), 20)
                for said, act in enumerate((c.CallNext(window="1"), c.Recall(window="1")), 1):
                    assert hall.act(act).outcome == "done"
                    until(lambda n=said: len(speaker.announcements) == n, 20)
                    until(lambda: speaker.announcements[-1].ended, 20)
                for act in (c.MarkMissed(window="1"), c.Undo(window="1")):
                    assert hall.act(act).outcome == "done"
                time.sleep(1.0)
                assert len(speaker.announcements) == 2
                assert not speaker.overlaps
        finally:
            speaker.stop()


def is_ready(hall: Floor, terminal: str) -> bool:
    """Whether the controller has heard so."""
    known = hall.loop.hall.state.terminals.get(terminal)
    return known is not None and known.state == "ready"


def test_the_age_of_a_call_is_told_by_its_id() -> None:
    made_ms = 1_700_000_000_000
    call_id = IdMaker(lambda: made_ms)()
    assert age_at_publication_s(window("1", "A1", call_id=call_id, at_ms=made_ms + 90_000)) == 90
    assert age_at_publication_s(window("1", "A1", call_id=call_id, at_ms=made_ms - 5)) == 0
    assert age_at_publication_s(window("1", "A1", call_id="call-7")) == 0
    assert age_at_publication_s(window("1", "A1", call_id=None)) == 0


SETTINGS = """
[[nodes]]
id = "node-1"
[[nodes.peripherals]]
id = "speaker"
driver = "speaker"
options = { file = "calls.wav" }
[[nodes.peripherals]]
id = "panel"
driver = "onbon_bx"
simulated = true
[[nodes.speakers]]
"""


def test_settings_of_speakers(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(SETTINGS + 'peripheral = "speaker"\nwindows = ["1", "3"]\n', "utf-8")
    chosen = choose(load(file), None)
    assert chosen.speakers[0].windows == ["1", "3"]
    file.write_text(SETTINGS + 'peripheral = "panel"\n', "utf-8")
    with pytest.raises(UsageError, match="panel is no speaker"):
        choose(load(file), None)


def test_a_wrong_speaker_or_window_is_named(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(SETTINGS + 'peripheral = "speakr"\nwindows = ["1", "33"]\n', "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "config", "check", str(file)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "no peripheral 'speakr'" in done.stdout + done.stderr
    assert "did you mean 'speaker'?" in done.stdout + done.stderr
    assert "no window '33'" in done.stdout + done.stderr
