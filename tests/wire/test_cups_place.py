"""Where this machine prints and as whom, by the environment and client.conf of CUPS."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cups_script import GET_PRINTER, Scripted

from drivers.discovery.services import cups_places
from drivers.errors import PeripheralError, Reason
from drivers.printers.cups_place import local_server, user_here
from drivers.printers.cups_printer import CupsOptions, open_printer
from drivers.saying import in_language

Conf = Callable[[str, str], Path]


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Conf:
    """Writes a client.conf: the user's own or the machine's."""
    monkeypatch.delenv("CUPS_SERVER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("CUPS_SERVERROOT", str(tmp_path / "machine"))

    def write(whose: str, text: str) -> Path:
        file = tmp_path / {"user": "user/.cups", "machine": "machine"}[whose] / "client.conf"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return write


@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ("192.0.2.1", ("192.0.2.1", 631)),
        ("192.0.2.1:6310", ("192.0.2.1", 6310)),
        ("[2001:db8::1]:6310", ("2001:db8::1", 6310)),
        ("[2001:db8::1]", ("2001:db8::1", 631)),
        ("2001:db8::1", ("2001:db8::1", 631)),
        ("fe80::1%eth0", ("fe80::1%eth0", 631)),
        ("/run/x.sock", ("/run/x.sock", 631)),
        ("/run/x.sock/version=1.1", ("/run/x.sock", 631)),
        ("host:631/version=1.1", ("host", 631)),
    ],
)
def test_a_print_server_of_the_environment(
    wish: str, place: tuple[str, int], conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf("user", "ServerName from.a.file\n")
    monkeypatch.setenv("CUPS_SERVER", wish)
    assert local_server() == place


NO_PLACES = ["host:abc", "host:0", "host:70000", "host:", ":631", "[::1", "[host]:631", "a/b"]


@pytest.mark.parametrize("wish", NO_PLACES)
def test_what_is_no_place_in_the_environment(
    wish: str, conf: Conf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUPS_SERVER", wish)
    with pytest.raises(PeripheralError) as e:
        open_printer(CupsOptions(queue="A4"))
    assert (e.value.reason, e.value.sent) == (Reason.BAD_OPTION, False)
    assert f"the environment's CUPS_SERVER: {wish!r} is no print server" in e.value.detail


@pytest.mark.parametrize("wish", NO_PLACES)
def test_what_is_no_place_is_named_by_its_file_and_line(wish: str, conf: Conf) -> None:
    file = conf("machine", f"# ours\nEncryption Never\n  servername {wish} # old\n")
    with pytest.raises(PeripheralError) as e:
        local_server()
    assert e.value.detail.startswith(f"{file}, line 3: {wish!r} is no print server; write a name")
    assert in_language(e.value.detail, "zh").startswith(f"{file} 第 3 行：{wish!r} 不是打印服务器")
    (found,) = cups_places()
    assert f"{file}, line 3: {wish!r} is no print server" in found.told("en")


def test_the_users_own_file_goes_before_the_machines(conf: Conf) -> None:
    conf("machine", "ServerName machine\n#ServerName other\n")
    assert local_server() == ("machine", 631)
    mine = conf("user", "ServerName earlier:1\nServerName 192.0.2.9:8631\n")
    assert local_server() == ("192.0.2.9", 8631)
    mine.unlink()
    mine.mkdir()
    assert local_server() == ("machine", 631), "what cannot be read is not there"


def test_nobody_names_one(conf: Conf) -> None:
    assert local_server()[1] == 631
    assert local_server()[0] in ("localhost", "/run/cups/cups.sock")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("zhang", "zhang"),
        ("张三", "张三"),
        ("a\r\nb", str(os.getuid())),
        ("\udcff", str(os.getuid())),
        ("a" * 70_000, "a" * 255),
        ("张" * 100, "张" * 85),
    ],
)
def test_a_users_name_is_told_as_printers_take_it(
    name: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", name)
    assert user_here() == told
    with Scripted().running() as peer:
        open_printer(peer.options())
    assert peer.asked[0] == GET_PRINTER


@pytest.mark.parametrize("host", ["a" * 80, "a..b"])
def test_what_cannot_be_a_name_is_no_device(host: str) -> None:
    with pytest.raises(PeripheralError) as e:
        open_printer(CupsOptions(queue="A4", host=host))
    assert e.value.reason is Reason.NO_DEVICE
    assert e.value.advice.startswith(f"The network knows no {host}")
