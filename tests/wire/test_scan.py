"""`hall-devices scan` on simulators: what it believes, and that it leaves alone what is in use."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_claims import HOLD, process
from test_cli_read import COMMAND, hall_devices

from config.loader import load
from drivers import registry
from drivers.bounded import begin
from drivers.discovery.found import Found, Medium, as_told
from drivers.discovery.paste import settings_for
from drivers.discovery.places import input_places, usb_places
from drivers.discovery.scan import Wish, _asked, _listed
from drivers.discovery.spared import named_in
from drivers.lifecycle import Owner
from drivers.status import State
from drivers.transports import SerialOptions, TcpOptions


def scan(*words: str, limit_s: float = 60, status: int = 0) -> list[dict[str, Any]]:
    done = hall_devices("scan", "--json", *words, limit_s=limit_s)
    assert (done.stderr, done.returncode) == ("", status)
    answer = json.loads(done.stdout)
    assert list(answer) == ["ok", "found", "config"]
    assert answer["ok"] is (status == 0)
    found: list[dict[str, Any]] = answer["found"]
    return found


def host(simulator: Any) -> str:
    return f"{simulator.options['host']}:{simulator.options['tcp_port']}"


def until(condition: Callable[[], Any], timeout_s: float = 10) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_says_what_each_is_and_why_with_settings_that_are_accepted(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    reader, printer = simulate("sdt_reader"), simulate("escpos")
    panel = simulate("onbon_bx", pty=True)
    words = ("--port", reader.options["port"], "--port", panel.options["port"])
    words += ("--host", host(printer))
    done = hall_devices("scan", "--json", *words)
    answer = json.loads(done.stdout)
    beliefs = {one["driver"]: one for one in answer["found"]}
    assert set(beliefs) == {"sdt_reader", "escpos", "onbon_bx"}
    assert all(one["sure"] and "untouched" not in one for one in beliefs.values())
    assert "115200" in beliefs["sdt_reader"]["why"]
    assert "DLE EOT" in beliefs["escpos"]["why"]

    file = tmp_path / "hall.toml"
    file.write_text('[site]\ncode = "500240116000"\n[[kiosks]]\nid = "kiosk-1"\n', "utf-8")
    kiosk, node, more = answer["config"].split("\n\n")
    file.write_text(
        f'{file.read_text("utf-8")}{kiosk}\n{more}\n[[nodes]]\nid = "node-1"\n{node}', "utf-8"
    )
    check = subprocess.run(
        [Path(os.sys.executable).with_name("hall-config"), "check", file],  # type: ignore[attr-defined]
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert check.returncode == 0, check.stdout + check.stderr
    settings = load(file)
    entries = [*settings.kiosks[0].peripherals, *settings.nodes[0].peripherals]
    assert {entry.driver for entry in entries} == set(beliefs)
    for entry in entries:
        registry.spec_of(entry.driver).open(registry.check(entry.driver, entry.options)).close()


def test_only_listing_sends_nothing(simulate: Callable[..., Any]) -> None:
    reader = simulate("sdt_reader")
    (found,) = scan("--port", reader.options["port"], "--no-ask")
    assert (found["driver"], found["sure"]) == (None, False)
    assert reader.received == b""


@pytest.mark.parametrize("driver", ["sdt_reader", "escpos", "onbon_bx"])
def test_what_an_owner_holds_is_neither_opened_nor_asked(
    driver: str, simulate: Callable[..., Any], tmp_path: Path
) -> None:
    """The simulator's own log shows it: nothing came that the owner did not send."""
    simulator = simulate(driver)
    spec = registry.spec_of(driver)
    owner = Owner(driver, spec, registry.check(driver, simulator.options), status_every_s=600)
    owner.start()
    try:
        until(lambda: owner.health.state is State.ONLINE)
        time.sleep(0.3)
        simulator.forget_received()
        if "port" in simulator.options:
            by_id = tmp_path / "usb-adapter-if00"
            by_id.symlink_to(os.path.realpath(simulator.options["port"]))
            tty = os.path.realpath(by_id)
            names = (simulator.options["port"], str(by_id), tty)
            found = scan(*(word for name in names for word in ("--port", name)))
            assert len(found) == 3
        else:
            connections = simulator.port.connections
            found = scan("--port", "/dev/null/none", "--host", host(simulator))[1:]
            assert simulator.port.connections == connections
            assert len(found) == 1
        for one in found:
            assert one["driver"] is None
            assert f"pid {os.getpid()}" in one["untouched"]
        assert simulator.received == b""
        assert owner.health.state is State.ONLINE
    finally:
        owner.stop()


def test_nor_is_what_another_process_holds(simulate: Callable[..., Any]) -> None:
    reader, panel = simulate("sdt_reader"), simulate("onbon_bx")
    port, place = SerialOptions(**reader.options), TcpOptions(**panel.options)
    with process(HOLD, repr(port)) as first, process(HOLD, repr(place)) as second:
        found = scan("--port", port.port, "--host", host(panel))
        assert [one["driver"] for one in found] == [None, None]
        for one, other in zip(found, (first, second), strict=True):
            assert f"pid {other.pid}" in one["untouched"]
    assert (reader.received, panel.received) == (b"", b"")


def test_nor_what_the_settings_name(simulate: Callable[..., Any], tmp_path: Path) -> None:
    reader, panel = simulate("sdt_reader"), simulate("onbon_bx")
    link = tmp_path / "reader"
    link.symlink_to(os.path.realpath(reader.options["port"]))
    file = tmp_path / "hall.toml"
    file.write_text(
        f"""
[[kiosks]]
id = "kiosk-1"
[[kiosks.peripherals]]
id = "reader"
driver = "sdt_reader"
options = {{ port = "{link}" }}
[[nodes]]
id = "node-1"
[[nodes.peripherals]]
id = "panel-3"
driver = "onbon_bx"
options = {{ host = "localhost", tcp_port = {panel.options["tcp_port"]} }}
""",
        "utf-8",
    )
    words = ("--port", reader.options["port"], "--host", host(panel))
    serial, tcp = scan(*words, "--config", str(file))
    assert "kiosk-1/reader" in serial["untouched"]
    assert "node-1/panel-3" in tcp["untouched"]
    assert (reader.received, panel.received, panel.port.connections) == (b"", b"", 0)


def test_settings_that_cannot_be_read_are_exit_2(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text("[[kiosks")
    done = hall_devices("scan", "--json", "--config", str(file))
    assert (json.loads(done.stdout)["reason"], done.returncode) == ("bad_option", 2)


@pytest.mark.parametrize("text", ["kiosks = 3", "[[kiosks]]\nperipherals = [1]", "[nodes]\na = 1"])
def test_settings_of_another_form_spare_nothing(text: str, tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(text)
    assert named_in(file) == {}


def test_nobody_there_and_somebody_silent(simulate: Callable[..., Any]) -> None:
    reader = simulate("sdt_reader")
    reader.silent = True
    done = hall_devices(
        "scan", "--port", reader.options["port"], "--host", "127.0.0.1:1", "--limit", "3"
    )
    assert done.returncode == 0
    assert "unknown" in done.stdout
    assert "[[" not in done.stdout


def test_queues_of_a_print_server(simulate: Callable[..., Any]) -> None:
    a4 = simulate("cups_printer")
    env = {**os.environ, "CUPS_SERVER": host(a4)}
    done = subprocess.run(
        [Path(os.sys.executable).with_name("hall-devices"), "scan", "--json"],  # type: ignore[attr-defined]
        env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (found,) = [one for one in json.loads(done.stdout)["found"] if one["medium"] == "cups"]
    assert (found["driver"], found["sure"], found["options"]) == ("cups_printer", True, a4.options)
    assert "Simulated A4 printer" in found["why"]


def usb(folder: Path, name: str, **lines: str) -> Path:
    device = folder / "bus/usb/devices" / name
    device.mkdir(parents=True)
    for key, value in lines.items():
        (device / key).write_text(value + "\n")
    return device


def test_usb_devices_by_what_the_system_knows(tmp_path: Path) -> None:
    usb(tmp_path, "1-1", idVendor="0400", idProduct="c35a", product="ID Reader")
    slips = usb(tmp_path, "1-2", idVendor="0416", idProduct="5011", product="POS58")
    (slips / "1-2:1.0/usbmisc/lp0").mkdir(parents=True)
    (slips / "1-2:1.0/bInterfaceClass").write_text("07\n")
    (slips / "1-2:1.0/ieee1284_id").write_text("MFG:X;CMD:ESC/POS;\n")
    pages = usb(tmp_path, "1-3", idVendor="03f0", idProduct="1234", product="Laser")
    (pages / "1-3:1.0").mkdir()
    (pages / "1-3:1.0/bInterfaceClass").write_text("07\n")
    (pages / "1-3:1.0/ieee1284_id").write_text("MFG:H;CMD:PJL,PCL,PS;\n")
    bare = usb(tmp_path, "1-4", idVendor="0483", idProduct="5743")
    (bare / "1-4:1.0").mkdir()
    (bare / "1-4:1.0/bInterfaceClass").write_text("07\n")
    usb(tmp_path, "1-5", idVendor="046d", idProduct="c31c", product="Keyboard")
    card, slip, laser, plain = usb_places(tmp_path, Path("/dev"))
    assert (card.driver, card.options) == (None, {})
    assert "it is no serial port" in card.told("en")
    assert (slip.driver, slip.options, slip.sure) == ("escpos", {"file": "/dev/usb/lp0"}, False)
    assert (laser.driver, laser.options) == (None, {})
    assert "queue of CUPS" in laser.told("en")
    assert plain.options == {"usb": "0483:5743"}


@pytest.mark.parametrize("wanted", ["0416:5011", "0416:5011:A7"])
def test_a_usb_printer_of_the_settings_is_spared_by_either_name(
    tmp_path: Path, wanted: str
) -> None:
    """Its driver goes by vid:pid; with the hall stopped the kernel's own file would be asked."""
    slips = usb(tmp_path, "1-2", idVendor="0416", idProduct="5011", product="POS58")
    (slips / "1-2:1.0/usbmisc/lp0").mkdir(parents=True)
    (slips / "1-2:1.0/bInterfaceClass").write_text("07\n")
    (tmp_path / "dev/usb").mkdir(parents=True)
    file, node = tmp_path / "hall.toml", tmp_path / "dev/usb/lp0"
    node.write_bytes(b"")
    file.write_text(
        '[[kiosks]]\nid = "k"\n[[kiosks.peripherals]]\nid = "p"\ndriver = "escpos"\n'
        f'options = {{ usb = "{wanted}" }}\n'
    )
    (found,) = usb_places(tmp_path, tmp_path / "dev")
    wish = Wish(spared=named_in(file, tmp_path, tmp_path / "dev"))
    for options in (found.options, {"usb": "0416:5011"}):
        one = _asked(replace(found, options=options), wish, lambda place, step: None)
        assert one.untouched is not None
        assert one.untouched.told("en") == "the settings give it to k/p"
    assert node.read_bytes() == b""


def test_a_default_port_is_the_drivers_own(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    entry = "[[nodes.peripherals]]\nid = {!r}\ndriver = {!r}\noptions = {{host = '127.0.0.1'}}\n"
    drivers = ("escpos", "cups_printer", "modbus_digits", "onbon_bx", "no_such", "speaker")
    file.write_text("[[nodes]]\nid = 'n'\n" + "".join(entry.format(d, d) for d in drivers))
    assert named_in(file) == {
        "tcp-127.0.0.1-9100": "n/escpos",
        "tcp-127.0.0.1-631": "n/cups_printer",
        "tcp-127.0.0.1-5005": "n/onbon_bx",
    }


def test_services_that_never_answer_are_told_and_not_waited_for(tmp_path: Path) -> None:
    """Both take the connection and say nothing."""
    with socket.socket(socket.AF_UNIX) as cards, socket.socket(socket.AF_UNIX) as pages:
        for listener, name in ((cards, "pcscd"), (pages, "cups")):
            listener.bind(str(tmp_path / name))
            listener.listen()
        env = {
            "PCSCLITE_CSOCK_NAME": str(tmp_path / "pcscd"),
            "CUPS_SERVER": str(tmp_path / "cups"),
        }
        done = subprocess.run(
            [COMMAND, "scan", "--json", "--no-ask"],
            env=os.environ | env, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    told = {one["medium"]: one for one in json.loads(done.stdout)["found"]}
    assert "does not answer" in told["pcsc"]["why"]
    assert "does not answer" in told["cups"]["why"]
    assert (told["pcsc"]["driver"], told["cups"]["driver"]) == (None, None)


def test_a_listing_that_is_stuck_or_breaks_is_one_line() -> None:
    never = threading.Event()

    def stuck() -> list[Found]:
        never.wait(60)
        return []

    def broken() -> list[Found]:
        raise LookupError("no such list")

    try:
        (one,) = _listed(Medium.USB, "USB", begin(stuck), time.monotonic() + 0.2)
        assert (one.place, one.told("en")) == ("USB", "does not answer within 10 s")
    finally:
        never.set()
    (one,) = _listed(Medium.USB, "USB", begin(broken), time.monotonic() + 5)
    assert one.told("en") == "could not be listed: LookupError"


BROKEN = """
from dataclasses import replace
from drivers.displays.cd5220 import SPEC as ours
def probe(transport):
    raise ValueError("no such thing")
SPEC = replace(ours, name="acme", probe=probe)
"""


def test_drivers_of_others_that_break_do_not_end_the_scan(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "acme.dist-info").mkdir()
    (tmp_path / "acme.dist-info/METADATA").write_text("Name: acme\nVersion: 1\n")
    points = "[yukuai_hall.drivers]\nacme = acme:SPEC\nbolt = bolt:SPEC\nnut = acme:NOTHING\n"
    (tmp_path / "acme.dist-info/entry_points.txt").write_text(points)
    (tmp_path / "acme.py").write_text(BROKEN)
    (tmp_path / "bolt.py").write_text("raise ValueError('not on this machine')\n")
    reader, silent = simulate("sdt_reader"), simulate("sdt_reader")
    silent.silent = True
    ports = [word for one in (silent, reader) for word in ("--port", one.options["port"])]
    done = subprocess.run(
        [COMMAND, "scan", "--json", "--limit", "20", *ports],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    first, second = json.loads(done.stdout)["found"]
    assert (first["driver"], second["driver"]) == (None, "sdt_reader")
    assert "driver acme failed" in first["why"]
    assert "no such thing" in done.stderr


def test_keyboards_that_are_scanners(tmp_path: Path) -> None:
    folder = tmp_path / "input/by-id"
    folder.mkdir(parents=True)
    for name in ("usb-Newland_Auto-ID_NLS-event-kbd", "usb-Logitech_Keyboard-event-kbd"):
        (folder / name).symlink_to("../event3")
    (found,) = input_places(tmp_path)
    assert (found.driver, found.sure) == ("keyboard_scanner", False)
    assert found.options == {"device": str(folder / "usb-Newland_Auto-ID_NLS-event-kbd")}


def test_what_is_unsure_is_commented_out_and_nothing_breaks_out_of_the_comment() -> None:
    evil = 'x\n[[kiosks.peripherals]]\nid = "y"'
    b, used = as_told("b"), as_told("used")
    sure = {"sure": True, "options": {"host": "a"}}
    found = [
        Found(Medium.USB, evil, (as_told(evil),), "escpos", options={"file": '/dev/"\\lp0'}),
        Found(Medium.TCP, "a", (b,), "escpos", untouched=used, **sure),  # type: ignore[arg-type]
        Found(Medium.TCP, "a", (b,), None),
    ]
    for language, words in (("en", "take away the #"), ("zh", "去掉前面的 #")):
        toml = settings_for(found, language)  # type: ignore[arg-type]
        assert all(line.startswith("#") for line in toml.splitlines())
        assert words in toml
