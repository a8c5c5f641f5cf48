"""Which serial port a name stands for."""

import os
from pathlib import Path

import pytest

from drivers.errors import PeripheralError, Reason
from drivers.saying import in_language
from drivers.transports import SerialOptions, open_transport
from drivers.transports.serial import find_port


def test_names_of_ports(tmp_path: Path) -> None:
    (tmp_path / "tty1").touch()
    (tmp_path / "tty2").touch()
    for name in ("usb-A-if00", "usb-A-if00-again"):
        (tmp_path / name).symlink_to("tty1")
    assert find_port("/dev/ttyS7") == "/dev/ttyS7"
    assert find_port("ttyS7") == "/dev/ttyS7"
    assert find_port("usb-A-if00", tmp_path) == f"{tmp_path}/usb-A-if00"
    assert os.path.realpath(find_port("usb-A*", tmp_path)) == f"{tmp_path}/tty1"
    for pattern, words in (("tty?", "tty1, "), ("cu*", "fits no port")):
        with pytest.raises(PeripheralError, match=words) as caught:
            find_port(f"{tmp_path}/{pattern}")
        assert (caught.value.reason, caught.value.sent) == (Reason.NO_DEVICE, False)


def test_a_missing_usb_number_is_told_the_stable_name() -> None:
    with pytest.raises(PeripheralError) as caught:
        open_transport(SerialOptions(port="/dev/ttyUSB97"))
    assert caught.value.advice == (
        "Check the cable and the name of the port. "
        "The number may have changed: a name from /dev/serial/by-id stays."
    )
    assert in_language(caught.value.advice, "zh") == (
        "检查连接线和端口的名称。编号可能变了：/dev/serial/by-id 里的名称不会变。"
    )
