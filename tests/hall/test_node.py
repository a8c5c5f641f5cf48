"""A node between a real broker and a simulated panel that speaks real bytes over TCP."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bus import messages as m
from bus import topics
from bus.link import Delivery, Link
from config.schema import NodeSettings
from drivers import sim
from drivers.sim import Simulator
from hall_controller.node.node import Node
from hall_controller.node.texts import panel_text
from tests.broker import Running, running_broker, until

ROOT = Path(__file__).parents[2]
WINDOW = "窗".encode("gb2312")
assert WINDOW == b"\xb4\xb0"


def window(shows: m.WindowShows, number: str | None = None, **more: object) -> m.WindowState:
    fields = {"window": "3", "name": "3号窗口", "shows": shows, "number": number, **more}
    return m.WindowState(**fields)  # type: ignore[arg-type]


def calling(number: str) -> m.WindowState:
    return window(m.WindowShows.CALLING, number, call_id=f"call-{number}")


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (calling("A001"), "A001 3窗"),
        (window(m.WindowShows.SERVING, "B012"), "B012 3窗"),
        (window(m.WindowShows.PAUSED, reason="午休"), "暂停服务"),
        (window(m.WindowShows.IDLE), "3号窗口"),
        (window(m.WindowShows.CLOSED), ""),
        (window(m.WindowShows.CALLING), ""),
    ],
)
def test_text_fills_the_panel(state: m.WindowState, text: str) -> None:
    assert panel_text(state) == text
    pixels = sum(8 if character.isascii() else 16 for character in text)
    assert pixels <= 64
    assert pixels == 64 or state.shows not in (m.WindowShows.SERVING, m.WindowShows.PAUSED)


@dataclass
class Bench:
    """The hall's side, the panel, and what the hall heard of the node."""

    hall: Running
    controller: Link
    panel: Simulator
    heard: list[Delivery]

    def show(self, state: m.WindowState) -> None:
        self.controller.publish(topics.WINDOW, state.window, state)

    def shown(self, number: str) -> Callable[[], bool]:
        return lambda: f"{number} 3".encode() + WINDOW in self.panel.received

    def said(self, channel: topics.Channel) -> list[m.Message]:
        return [each.decode() for each in self.heard if each.address.channel is channel]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running_broker(tmp_path) as hall:
        heard: list[Delivery] = []
        controller = Link(
            hall.links["controller"],
            subscribe=[topics.everywhere(topics.PRESENCE), topics.everywhere(topics.HEALTH)],
            on_delivery=heard.append,
        )
        controller.start()
        panel = sim.start("onbon_bx")
        yield Bench(hall, controller, panel, heard)
        panel.stop()
        controller.stop()


@contextmanager
def node_at(bench: Bench, link_file: Path | None = None) -> Iterator[Node]:
    settings = NodeSettings.model_validate(
        {
            "id": "node-1",
            "peripherals": [
                {"id": "panel-3", "driver": "onbon_bx", "options": bench.panel.options}
            ],
            "panels": [{"window": "3", "peripheral": "panel-3"}],
        }
    )
    node = Node(settings, link_file or bench.hall.data_dir / "links" / "node-1.json")
    thread = threading.Thread(target=node.run)
    thread.start()
    yield node
    node.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_drawn_from_retained_state_and_then_live(bench: Bench) -> None:
    bench.show(calling("A007"))
    with node_at(bench):
        until(bench.shown("A007"))
        bench.show(calling("A008"))
        until(bench.shown("A008"))
        bench.panel.forget_received()
        bench.show(window(m.WindowShows.PAUSED))
        until(lambda: "暂停服务".encode("gb2312") in bench.panel.received)


def test_says_how_it_is(bench: Bench) -> None:
    with node_at(bench):
        until(lambda: [p for p in presences(bench) if p is m.PresenceState.READY])
        until(lambda: states(bench)[-1:] == ["online"])
        bench.panel.unplug()
        bench.show(calling("A001"))
        until(lambda: states(bench)[-1:] not in (["online"], []))
        until(lambda: presences(bench)[-1] is m.PresenceState.ALERT)
        count = len(bench.said(topics.HEALTH))
        bench.panel.plug()
        until(bench.shown("A001"))
        until(lambda: presences(bench)[-1] is m.PresenceState.READY)
        for number in range(10):
            bench.show(calling(f"B{number:03}"))
            until(bench.shown(f"B{number:03}"))
        assert len(bench.said(topics.HEALTH)) <= count + 3  # showing a text is no news
    until(lambda: presences(bench)[-1] is m.PresenceState.DISCONNECTED)


def test_a_panel_that_was_away_is_drawn_anew(bench: Bench) -> None:
    with node_at(bench):
        bench.show(calling("A001"))
        until(bench.shown("A001"))
        bench.panel.unplug()
        until(lambda: states(bench)[-1:] != ["online"], 20)
        bench.panel.forget_received()
        bench.panel.plug()
        until(bench.shown("A001"))


def test_a_refusing_panel_is_tried_again(bench: Bench) -> None:
    with node_at(bench):
        until(lambda: states(bench)[-1:] == ["online"])
        bench.panel.nack = 1  # type: ignore[attr-defined]
        bench.show(calling("A001"))
        until(bench.shown("A001"))
        bench.panel.forget_received()
        bench.panel.nack = 0  # type: ignore[attr-defined]
        until(bench.shown("A001"))
        bench.panel.forget_received()
        bench.show(calling("A002"))
        until(bench.shown("A002"))
        assert b"A001" not in bench.panel.received  # shown, then left alone


def test_a_slow_panel_never_works_off_old_texts(bench: Bench) -> None:
    with node_at(bench):
        until(lambda: states(bench)[-1:] == ["online"])
        bench.panel.delay_s = 0.3  # type: ignore[attr-defined]
        for number in range(200):
            bench.show(calling(f"A{number:03}"))
        until(bench.shown("A199"), 60)
        assert bench.panel.received.count(WINDOW) < 100  # of 200
        bench.show(calling("B001"))
        until(bench.shown("B001"), 60)
        texts = bench.panel.received[bench.panel.received.rfind(b"A199 3") :]
        assert set(re.findall(rb"[A-Z]\d{3}(?= 3)", texts)) == {b"A199", b"B001"}


def test_every_call_that_there_is_time_for_is_shown_in_order(bench: Bench) -> None:
    with node_at(bench):
        until(lambda: states(bench)[-1:] == ["online"])
        for number in range(100):
            bench.show(calling(f"C{number:03}"))
            until(bench.shown(f"C{number:03}"))
    shown = re.findall(rb"C(\d{3}) 3", bench.panel.received)
    assert shown == sorted(shown)
    assert set(shown) == {b"%03d" % number for number in range(100)}


def test_a_window_that_is_no_more_is_dark(bench: Bench) -> None:
    with node_at(bench):
        bench.show(calling("A001"))
        until(bench.shown("A001"))
        bench.panel.forget_received()
        bench.controller.clear(topics.WINDOW, "3")
        until(lambda: bench.panel.received)
        bench.show(calling("A002"))
        until(bench.shown("A002"))
        assert b"A001" not in bench.panel.received


def test_poison_on_its_window_does_no_harm(bench: Bench) -> None:
    import paho.mqtt.publish as paho
    from paho.mqtt.enums import MQTTProtocolVersion

    link = bench.hall.links["controller"]
    with node_at(bench):
        bench.show(calling("A001"))
        until(bench.shown("A001"))
        paho.single(
            "hall/1/500240/116/000/window/3",
            b'{"v":1,"shows":"dancing"',
            qos=1,
            retain=True,
            port=bench.hall.port,
            auth={"username": link.username, "password": link.password},
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        bench.show(calling("A002"))
        until(bench.shown("A002"))


def test_waits_for_its_settings_and_takes_up_new_ones(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "node-1.json"
    bench.show(calling("A001"))
    with node_at(bench, file):
        time.sleep(0.3)
        assert not presences(bench)
        bench.hall.links["kiosk-1"].save(file)  # not this node's: what it says is refused
        time.sleep(1.5)
        bench.hall.broker.stop()
        bench.hall.links["node-1"].save(file)
        time.sleep(1.5)
        bench.hall.broker.run()
        until(bench.shown("A001"), 20)
        until(lambda: m.PresenceState.READY in presences(bench), 20)


def test_the_command_dies_by_the_broker_s_word(bench: Bench, tmp_path: Path) -> None:
    process = command(tmp_path, bench.panel.options, data_dir=bench.hall.data_dir)
    bench.show(calling("A001"))
    until(bench.shown("A001"), 30)
    until(lambda: m.PresenceState.READY in presences(bench))
    process.kill()
    process.wait()
    until(lambda: presences(bench)[-1] is m.PresenceState.LOST)


def test_the_command_ends_politely(bench: Bench, tmp_path: Path) -> None:
    process = command(tmp_path, bench.panel.options, data_dir=bench.hall.data_dir)
    until(lambda: m.PresenceState.READY in presences(bench), 30)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    until(lambda: presences(bench)[-1] is m.PresenceState.DISCONNECTED)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (["--id", "node-9"], {"host": "127.0.0.1"}, "no node 'node-9' in the settings"),
        ([], {"hots": "127.0.0.1"}, "unknown option 'hots', did you mean host?"),
        (["--config", "/nowhere/hall.toml"], {"host": "h"}, "/nowhere/hall.toml"),
    ],
)
def test_bad_settings_are_one_line_and_status_2(
    tmp_path: Path, arguments: list[str], options: dict[str, object], words: str
) -> None:
    process = command(tmp_path, options, *arguments, stderr=subprocess.PIPE)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert words in said
    assert "Traceback" not in said
    assert said.startswith("hall-node: ")


def command(
    tmp_path: Path,
    options: dict[str, object],
    *arguments: str,
    data_dir: Path = Path("var"),
    stderr: int | None = None,
) -> "subprocess.Popen[str]":
    pairs = ", ".join(f"{key} = {value!r}" for key, value in options.items())
    (tmp_path / "hall.toml").write_text(
        f"""
[[nodes]]
id = "node-1"
[[nodes.peripherals]]
id = "panel-3"
driver = "onbon_bx"
options = {{ {pairs} }}
[[nodes.panels]]
window = "3"
peripheral = "panel-3"
"""
    )
    base = [sys.executable, "-m", "hall_controller.node", "--data-dir", str(data_dir)]
    config = [] if "--config" in arguments else ["--config", str(tmp_path / "hall.toml")]
    return subprocess.Popen([*base, *config, *arguments], cwd=ROOT, stderr=stderr, text=True)


def presences(bench: Bench) -> list[m.PresenceState]:
    return [
        message.state for message in bench.said(topics.PRESENCE) if isinstance(message, m.Presence)
    ]


def states(bench: Bench) -> list[str]:
    return [
        report.state
        for message in bench.said(topics.HEALTH)
        if isinstance(message, m.Health)
        for report in message.peripherals
    ]
