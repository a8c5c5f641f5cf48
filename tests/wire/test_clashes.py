"""Which peripherals of one settings file cannot work beside one another."""

import json
import os
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel
from test_cli_read import hall_devices

from drivers import registry
from drivers.clashes import clashes
from drivers.interfaces import DriverSpec, Kind
from drivers.saying import in_language
from drivers.transports import SerialOptions
from drivers.transports.places import place_of

Entry = tuple[str, dict[str, Any]]


def entry(driver: str, name: str, terminal: str = "t", **options: object) -> Entry:
    return terminal, {"id": name, "driver": driver, "options": options}


def said(*entries: Entry) -> list[str]:
    return [f"{found.option}: {found.what}. {found.advice}" for found in clashes(entries)]


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (
            [
                entry("sdt_reader", "reader", port="/dev/ttyUSB0"),
                entry("escpos", "printer", port="/dev/ttyUSB0"),
            ],
            "port: /dev/ttyUSB0 cannot be shared by t/printer and t/reader. "
            "Give one of them another port.",
        ),
        (
            [
                entry("sdt_reader", "reader", port="ttyUSB0", baud="auto"),
                entry("sdt_reader", "second", port="/dev/ttyUSB0"),
            ],
            "port: /dev/ttyUSB0 (ttyUSB0) cannot be shared by t/second and t/reader. "
            "Give one of them another port.",
        ),
        (
            [
                entry("modbus_digits", "p3", port="/dev/ttyUSB0"),
                entry("alpha_sign", "p4", port="/dev/ttyUSB0", address=4),
            ],
            "port: /dev/ttyUSB0 has 9600 7E1 for t/p4, but 9600 8N1 for t/p3. "
            "Give both the same baud, parity, data_bits and stop_bits.",
        ),
        (
            [
                entry("modbus_digits", "p3", port="/dev/ttyUSB0", address=3),
                entry("modbus_digits", "p4", port="/dev/ttyUSB0", address=3),
            ],
            "port: on /dev/ttyUSB0, address 3 is both t/p4 and t/p3. "
            "Give one of them another address, or another port.",
        ),
        (
            [
                entry("alpha_sign", "p3", port="/dev/ttyUSB0"),
                entry("alpha_sign", "p4", port="/dev/ttyUSB0", address=4),
            ],
            "port: on /dev/ttyUSB0, address 0 means all of them: it does not tell t/p4 from t/p3. "
            "Give each its own address, or another port.",
        ),
        (
            [
                entry("onbon_bx", "p3", "node-1", host="192.168.1.5"),
                entry("onbon_bx", "p4", "node-2", host="192.168.1.5"),
            ],
            "host: on 192.168.1.5:5005, screen 65534 means all of them: it does not tell "
            "node-2/p4 from node-1/p3. Give each its own screen, or another host.",
        ),
        (
            [
                entry("escpos", "printer", "kiosk-1", host="192.168.1.87"),
                entry("escpos", "printer", "kiosk-2", host="192.168.1.87", tcp_port=9100),
            ],
            "host: 192.168.1.87:9100 cannot be shared by kiosk-2/printer and kiosk-1/printer. "
            "Give one of them another host.",
        ),
        (
            [
                entry("cd5220", "pole", port="/dev/ttyS0", select=True),
                entry("escpos", "printer", port="/dev/ttyS0"),
            ],
            "port: /dev/ttyS0 cannot be shared by t/printer and t/pole. "
            "Give one of them another port.",
        ),
        (
            [
                entry("keyboard_scanner", "a", device="/dev/input/event3"),
                entry("keyboard_scanner", "b", device="/dev/input/event3"),
            ],
            "device: /dev/input/event3 cannot be shared by t/b and t/a. "
            "Give one of them another device.",
        ),
        (
            [
                entry("escpos", "a", file="/dev/usb/lp0"),
                entry("escpos", "b", file="/dev/usb/lp0"),
            ],
            "file: /dev/usb/lp0 cannot be shared by t/b and t/a. Give one of them another file.",
        ),
        (
            [
                entry("escpos", "a", usb="0416:5011"),
                entry("escpos", "b", usb="0416:5011:K7"),
            ],
            "usb: USB 0416:5011:K7 (USB 0416:5011) does not tell t/b from t/a. "
            "Add the serial number of each: vid:pid:serial.",
        ),
        (
            [entry("social_security_card", "a"), entry("social_security_card", "b", reader=0)],
            "reader: PC/SC reader 0 cannot be shared by t/b and t/a. "
            "Give one of them another reader.",
        ),
    ],
    ids=lambda value: value[1][1]["driver"] if isinstance(value, list) else "",
)
def test_two_at_one_place_are_told(entries: list[Entry], told: str) -> None:
    assert said(*entries) == [told]
    (found,) = clashes(entries)
    assert (found.at, found.other) == (1, 0)
    assert in_language(found.what, "zh") != found.what
    assert in_language(found.advice, "zh").endswith("。")


@pytest.mark.parametrize(
    "entries",
    [
        [
            entry("modbus_digits", "a", port="/dev/ttyUSB0", address=3),
            entry("modbus_digits", "b", port="/dev/ttyUSB0", address=4),
            entry("onbon_bx", "c", port="/dev/ttyUSB0", baud=9600, screen=3),
        ],
        [
            entry("sdt_reader", "a", "kiosk-1", port="/dev/ttyUSB0"),
            entry("sdt_reader", "a", "kiosk-2", port="/dev/ttyUSB0"),
        ],
        [
            entry("escpos", "a", "kiosk-1", host="127.0.0.1"),
            entry("escpos", "a", "kiosk-2", host="127.0.0.1"),
        ],
        [
            entry("escpos", "a", host="192.168.1.87"),
            entry("escpos", "b", host="192.168.1.87", tcp_port=9101),
            entry("escpos", "c", host="192.168.1.88"),
        ],
        [
            entry("escpos", "a", usb="0416:5011:K7"),
            entry("escpos", "b", usb="0416:5011:K8"),
            entry("escpos", "c", usb="0416:5012"),
        ],
        [
            entry("onbon_bx", "a", host="192.168.1.5", area="0,0,64,16"),
            entry("onbon_bx", "b", host="192.168.1.5", area="0,16,64,16", area_id=1),
        ],
        [entry("cups_printer", "a", queue="A4"), entry("cups_printer", "b", queue="A4")],
        [entry("speaker", "a", file="calls.wav"), entry("speaker", "b", file="calls.wav")],
        [
            ("t", {"id": "a", "driver": "escpos", "simulated": True, "options": {"port": "p"}}),
            entry("escpos", "b", port="p"),
        ],
        [entry("escpos", "a", prt="p"), entry("nothing", "b"), ("t", {}), ("t", {"driver": 3})],
    ],
    ids=[
        "addresses", "two computers", "each its own loopback", "other port or host",
        "serial numbers", "two areas", "queue", "announcements", "simulated", "wrong",
    ],
)  # fmt: skip
def test_what_can_work_is_not_told(entries: list[Entry]) -> None:
    assert said(*entries) == []


def test_each_of_three_is_told_once() -> None:
    names = ("a", "b", "c")
    found = clashes([entry("sdt_reader", name, port="/dev/ttyUSB0") for name in names])
    assert [(one.at, one.other) for one in found] == [(1, 0), (2, 0)]


def test_a_link_and_what_it_leads_to_are_one_port(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    try:
        port = os.ttyname(theirs)
        (tmp_path / "usb-Acme-if00").symlink_to(port)
        link = str(tmp_path / "usb-*-if00")
        assert said(
            entry("sdt_reader", "a", port=port), entry("serial_scanner", "b", port=link)
        ) == [f"port: {link} ({port}) cannot be shared by t/b and t/a. "
              "Give one of them another port."]  # fmt: skip
        gone = str(tmp_path / "usb-Other-*")
        assert not said(
            entry("sdt_reader", "a", port=port), entry("serial_scanner", "b", port=gone)
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_two_names_of_one_address_are_one_place() -> None:
    a, b = entry("escpos", "a", host="localhost"), entry("escpos", "b", host="127.0.0.1")
    assert len(said(a, b)) == 1


class Silent(BaseModel):
    """Options of somebody who knows nothing of places."""

    port: str = "/dev/ttyUSB0"


class Named(Silent):
    place: str = "over window 3"


class Broken(Silent):
    def place(self) -> SerialOptions:
        raise RuntimeError("not thought of")


class Odd(Silent):
    def place(self) -> str:
        return self.port


class Placed(Silent):
    def place(self) -> SerialOptions:
        return SerialOptions(port=self.port, baud=9600)


class Shared(Placed):
    told_apart_by: ClassVar[dict[str, object] | None] = None


@pytest.fixture
def third_party(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    spec: Any = DriverSpec("theirs", Kind.DISPLAY, "Theirs", request.param, lambda options: None)
    known = registry.spec_of

    def spec_of(driver: str) -> DriverSpec:
        return spec if driver == "theirs" else known(driver)

    monkeypatch.setattr(registry, "spec_of", spec_of)


@pytest.mark.parametrize("third_party", [Silent, Named, Broken, Odd, Shared], indirect=True)
@pytest.mark.usefixtures("third_party")
def test_drivers_that_do_not_say_where_they_are_go_on_working() -> None:
    assert said(entry("theirs", "a"), entry("theirs", "b")) == []


@pytest.mark.parametrize("third_party", [Placed], indirect=True)
@pytest.mark.usefixtures("third_party")
def test_drivers_that_say_it_are_compared_with_ours() -> None:
    reader = entry("sdt_reader", "reader", port="/dev/ttyUSB0")
    assert len(said(reader, entry("theirs", "a"))) == 1


def test_every_driver_of_ours_says_its_place_or_needs_none() -> None:
    ways: dict[str, dict[str, object]] = {
        "keyboard_scanner": {"device": "/dev/input/event3"},
        "social_security_card": {},
    }
    for name in set(registry.names()) - {"cups_printer", "speaker"}:
        options = registry.check(name, ways.get(name, {"port": "/dev/ttyUSB0"}))
        assert place_of(options) is not None, name


def test_the_self_test_of_a_whole_file_tells_it(tmp_path: Path) -> None:
    file = tmp_path / "hall.toml"
    file.write_text(
        '[[nodes]]\nid = "n"\n[[nodes.peripherals]]\nid = "a"\ndriver = "speaker"\n'
        f'options = {{ file = "{tmp_path}/a.wav" }}\n'
        '[[nodes.peripherals]]\nid = "b"\ndriver = "cd5220"\noptions = { port = "/dev/none" }\n'
        '[[nodes.peripherals]]\nid = "c"\ndriver = "cd5220"\noptions = { port = "/dev/none" }\n',
        "utf-8",
    )
    words = ("test", "--all", "--config", str(file), "--lang", "zh", "--json")
    report = json.loads(hall_devices(*words).stdout)
    steps = [[step["step"] for step in one["steps"]] for one in report["peripherals"]]
    assert "beside" not in steps[0]
    assert steps[1:] == [["open"], ["open", "beside"]]
    last = report["peripherals"][2]["steps"][-1]
    assert (last["ok"], last["reason"], last["sent"]) == (False, "bad_option", False)
    assert last["seen"] == "/dev/none 不能由 n/c 和 n/b 共用"
    assert last["advice"] == "请给其中一个换一个 port。"
