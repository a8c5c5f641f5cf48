"""Starting, adopting and watching the hall's own Mosquitto."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from bus.access import acl_file, password_file
from bus.broker import EmbeddedBroker
from bus.credentials import Login, Role, provide
from bus.errors import BusError, BusReason
from bus.link import Link, LinkSettings
from bus.process import Process
from tests.broker import SITE, free_port, running_broker, until


def logins_for(folder: Path, port: int, terminals: tuple[str, ...] = ("kiosk-1",)) -> list[Login]:
    return list(
        provide(
            folder,
            host="127.0.0.1",
            port=port,
            site=SITE,
            controller="controller",
            terminals=terminals,
        )
    )


def connects(settings: LinkSettings) -> bool:
    link = Link(settings, session_s=0, client_id="test")
    link.start()
    try:
        until(lambda: link.connected or link.refused)
        return link.connected
    finally:
        link.stop()


def test_files_are_the_owners_only(tmp_path: Path) -> None:
    data_dir = tmp_path / "my hall" / "数据"
    with running_broker(data_dir) as hall:
        for folder in (data_dir.parent, data_dir, data_dir / "links", data_dir / "broker"):
            assert folder.stat().st_mode & 0o777 == 0o700
        secret = [*(data_dir / "links").iterdir(), data_dir / "broker" / "passwords"]
        assert all(each.stat().st_mode & 0o777 == 0o600 for each in secret)
        assert {each.stem for each in secret} == {*hall.links, "passwords"}
        command = Path(f"/proc/{hall.broker.pid}/cmdline").read_bytes()
        passwords = [link.password.encode() for link in hall.links.values()]
        assert not [each for each in passwords if each in command]
        assert len(set(passwords)) == len(passwords) == 4


def test_credentials_stay_and_follow_a_changed_port(tmp_path: Path) -> None:
    first = logins_for(tmp_path, 18830)
    assert logins_for(tmp_path, 18830) == first
    moved = logins_for(tmp_path, 18831, ("kiosk-1", "kiosk-2"))
    assert [each.link.password for each in moved[:3]] == [each.link.password for each in first]
    assert {each.link.port for each in moved} == {18831}
    assert LinkSettings.load(tmp_path / "links" / "kiosk-1.json") == moved[2].link
    assert moved[3].link.seal_key != moved[2].link.seal_key


def test_a_damaged_link_file_is_named_and_kept(tmp_path: Path) -> None:
    logins_for(tmp_path, 18830)
    path = tmp_path / "links" / "kiosk-1.json"
    path.write_text("{")
    with pytest.raises(BusError, match=r"kiosk-1\.json are damaged; remove"):
        logins_for(tmp_path, 18830)
    assert path.read_text() == "{"


def test_hashes_are_those_of_mosquitto_passwd(tmp_path: Path) -> None:
    """The salt that mosquitto_passwd chose gives its hash in our code, too."""
    file = tmp_path / "passwords"
    file.touch()
    subprocess.run(["mosquitto_passwd", "-b", str(file), "u", "pass word"], check=True)
    link = LinkSettings(
        terminal="u", site=SITE, host="h", port=1, username="u", password="pass word", seal_key=b""
    )
    theirs = file.read_text()
    assert theirs.startswith("u:$7$101$")
    assert password_file([Login(link, Role.MONITOR)], theirs) == theirs
    changed = msgspec.structs.replace(link, password="another")
    assert password_file([Login(changed, Role.MONITOR)], theirs) != theirs


def test_rules_of_a_terminal(tmp_path: Path) -> None:
    rules = acl_file(logins_for(tmp_path, 1))
    assert f"user kiosk-1@{SITE}\n" in rules
    assert rules.split(f"user kiosk-1@{SITE}\n")[1].splitlines() == [
        "topic read hall/1/500240/116/000/controller/presence",
        "topic write hall/1/500240/116/000/kiosk-1/presence",
        "topic write hall/1/500240/116/000/kiosk-1/health",
        "topic write hall/1/500240/116/000/kiosk-1/event",
        "topic read hall/1/500240/116/000/kiosk-1/command",
        "topic write hall/1/500240/116/000/kiosk-1/result",
        "topic write hall/1/500240/116/000/kiosk-1/request",
        "topic read hall/1/500240/116/000/kiosk-1/reply",
        "topic read hall/1/500240/116/000/kiosk-1/config",
        "topic read hall/1/500240/116/000/board/+",
        "topic read hall/1/500240/116/000/window/+",
    ]


def test_left_behind_and_adopted_with_a_new_terminal(tmp_path: Path) -> None:
    port = free_port()
    logins = logins_for(tmp_path, port)
    first = EmbeddedBroker(tmp_path / "broker", "127.0.0.1", port, logins)
    first.run()
    pid = first.pid
    assert pid is not None
    assert os.getsid(pid) == pid
    first.detach()  # the controller is gone
    more = logins_for(tmp_path, port, ("kiosk-1", "kiosk-2"))
    second = EmbeddedBroker(tmp_path / "broker", "127.0.0.1", port, more)
    second.run()
    assert second.pid == pid
    until(lambda: connects(more[3].link))
    second.stop()
    assert Process.of(pid) is None
    assert not (tmp_path / "broker" / "broker.json").exists()


def test_a_recycled_pid_is_not_adopted(tmp_path: Path) -> None:
    port = free_port()
    logins = logins_for(tmp_path, port)
    stranger = subprocess.Popen(["sleep", "60"])
    (tmp_path / "broker").mkdir(mode=0o700)
    record = {"pid": stranger.pid, "started": 1, "host": "127.0.0.1", "port": port}
    (tmp_path / "broker" / "broker.json").write_bytes(msgspec.json.encode(record))
    broker = EmbeddedBroker(tmp_path / "broker", "127.0.0.1", port, logins)
    broker.run()
    assert broker.pid not in (None, stranger.pid)
    broker.stop()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_sessions_survive_an_orderly_restart(tmp_path: Path) -> None:
    with running_broker(tmp_path) as hall:
        assert connects(hall.links["kiosk-1"])
        hall.broker.stop()
        assert (tmp_path / "broker" / "mosquitto.db").exists()
        hall.broker.run()
        assert connects(hall.links["kiosk-1"])


def test_killed_and_started_again(tmp_path: Path) -> None:
    with running_broker(tmp_path) as hall:
        first = hall.broker.pid
        assert first is not None
        os.kill(first, 9)
        until(lambda: hall.broker.pid not in (None, first))
        until(lambda: connects(hall.links["kiosk-1"]))


def test_busy_port(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        broker = EmbeddedBroker(tmp_path, "127.0.0.1", port, logins_for(tmp_path, port))
        with pytest.raises(BusError, match=rf"127\.0\.0\.1:{port} .*broker\.port") as caught:
            broker.run()
    assert caught.value.reason is BusReason.PORT_BUSY
    assert "\n" not in str(caught.value)


def test_no_mosquitto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bus.broker._SBIN", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    broker = EmbeddedBroker(tmp_path, "127.0.0.1", free_port(), logins_for(tmp_path, 1))
    with pytest.raises(BusError, match="apt-get install mosquitto") as caught:
        broker.run()
    assert caught.value.reason is BusReason.BROKER_MISSING


def test_a_broker_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "mosquitto"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'Error: out of luck'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    broker = EmbeddedBroker(tmp_path, "127.0.0.1", free_port(), logins_for(tmp_path, 1))
    begun = time.monotonic()
    with pytest.raises(BusError, match="out of luck") as caught:
        broker.run()
    assert caught.value.reason is BusReason.BROKER_FAILED
    assert time.monotonic() - begun < 5


SLOW_START = """#!/bin/sh
touch {folder}/begun
{then} "$@"
"""
STARTER = """
import sys
from pathlib import Path
from bus.broker import EmbeddedBroker
from bus.credentials import provide

folder, port = Path(sys.argv[1]), int(sys.argv[2])
logins = provide(
    folder, host="127.0.0.1", port=port, site=sys.argv[3], controller="controller",
    terminals=["kiosk-1"],
)
EmbeddedBroker(folder / "broker", "127.0.0.1", port, logins).run()
"""


@pytest.mark.parametrize(
    "then", ["sleep 1; exec {real}", "exec sleep 60 #"], ids=["comes up after all", "hangs"]
)
def test_a_crash_while_the_broker_starts_leaves_a_hall_that_can_start(
    tmp_path: Path, then: str
) -> None:
    program = tmp_path / "bin" / "mosquitto"
    program.parent.mkdir()
    real = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    program.write_text(SLOW_START.format(folder=tmp_path, then=then.format(real=real)))
    program.chmod(0o755)
    port = free_port()
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path), str(port), SITE],
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"},
    )
    until((tmp_path / "begun").exists, 30)
    until((tmp_path / "broker" / "broker.json").exists)
    starter.kill()
    starter.wait()
    broker = EmbeddedBroker(tmp_path / "broker", "127.0.0.1", port, logins_for(tmp_path, port))
    broker.run()
    try:
        assert connects(logins_for(tmp_path, port)[2].link)
    finally:
        broker.stop()


def test_no_terminal_can_evict_another(tmp_path: Path) -> None:
    """Mosquitto gives a client id to any login that asks; only who knows it can ask."""
    with running_broker(tmp_path) as hall:
        controller = Link(hall.links["controller"])
        controller.start()
        until(lambda: controller.connected)
        guesses = ("controller", f"controller@{SITE}", hall.links["controller"].username)
        for guess in guesses:
            intruder = Link(hall.links["kiosk-1"], client_id=guess, session_s=0)
            intruder.start()
            until(lambda link=intruder: link.connected)
            intruder.stop()
        assert controller.connected
        assert controller.generation == 1
        controller.stop()
    ids = {link.client_id for link in hall.links.values()}
    assert len(ids) == len(hall.links)
    assert LinkSettings.load(tmp_path / "links" / "kiosk-1.json").client_id in ids
