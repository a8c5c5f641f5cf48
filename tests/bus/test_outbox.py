"""The outbox on a real file."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bus import topics
from bus.errors import BusError, BusReason
from bus.outbox import Entry, Outbox
from tests.full_disk import refusing

ADDRESS = topics.Address(topics.REQUEST, topics.Site("500240116000"), "kiosk-1")


def entry(id_: str, expires_ms: int = 1000) -> Entry:
    return Entry(id_, ADDRESS, f"payload of {id_}".encode(), expires_ms)


def test_kept_in_order_over_a_restart(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "kiosk-1" / "outbox.sqlite3")
    for id_ in ("b", "a", "c"):
        box.put(entry(id_))
    box.put(Entry("a", ADDRESS, b"another", 5))
    box.forget("b")
    box.forget("b")
    box.close()
    again = Outbox(tmp_path / "kiosk-1" / "outbox.sqlite3")
    assert again.pending() == (entry("a"), entry("c"))
    assert (tmp_path / "kiosk-1" / "outbox.sqlite3").stat().st_mode & 0o777 == 0o600
    again.close()


def test_put_instead_of_is_one_step(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "outbox")
    box.put(entry("a"))
    box.put(entry("a/w"), instead_of="a")
    assert box.pending() == (entry("a/w"),)
    box.close()


def test_what_the_disk_does_not_forget_is_gone_for_this_process(tmp_path: Path) -> None:
    path, forgotten = tmp_path / "outbox", set[str]()
    box = Outbox(path, forgotten)
    for id_ in ("a", "b"):
        box.put(entry(id_))
    with refusing(path, "DELETE"):
        box.forget("a")
        assert box.pending() == (entry("b"),)
        box.close()
        box = Outbox(path, forgotten)
        box.tidy()
        assert box.pending() == (entry("b"),)
    assert box.pending() == (entry("b"),)  # the connection sees that the trigger is gone
    box.tidy()
    box.close()
    after_a_crash = Outbox(path)
    assert after_a_crash.pending() == (entry("b"),)
    assert not forgotten
    after_a_crash.close()


def test_on_disk_when_put_returns(tmp_path: Path) -> None:
    """The process dies at once after `put`, as by a power cut of the program."""
    script = (
        "import os, sys; from pathlib import Path; from bus import topics\n"
        "from bus.outbox import Entry, Outbox\n"
        "a = topics.Address(topics.REQUEST, topics.Site('500240116000'), 'kiosk-1')\n"
        "Outbox(Path(sys.argv[1])).put(Entry('a', a, b'payload of a', 1000))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "outbox")],
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == -9
    box = Outbox(tmp_path / "outbox")
    assert box.pending() == (entry("a"),)
    box.close()


@pytest.mark.parametrize("damage", ["text", "middle", "foreign"])
def test_damage_is_named_and_set_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "outbox"
    if damage == "text":
        path.write_bytes(b"this is no database, but something else " * 100)
    elif damage == "foreign":
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE entries (id TEXT)")
        db.close()
    else:
        box = Outbox(path)
        for number in range(200):
            box.put(entry(f"{number:050}"))
        box.close()
        content = bytearray(path.read_bytes())
        content[4096:12288] = b"\xa5" * 8192
        path.write_bytes(content)
    spoilt = path.read_bytes()
    with pytest.raises(BusError, match="move the file away") as caught:
        Outbox(path)
    assert caught.value.reason is BusReason.STORE_DAMAGED
    box, aside = Outbox.open_or_set_aside(path)
    assert aside is not None
    assert aside.read_bytes() == spoilt
    box.put(entry("a"))
    box.close()
    box, aside = Outbox.open_or_set_aside(path)
    assert aside is None
    assert box.pending() == (entry("a"),)
    box.close()


def test_not_writable(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    with pytest.raises(BusError) as caught:
        Outbox(tmp_path / "outbox")
    assert caught.value.reason is BusReason.STORE_FAILED
    assert list(tmp_path.iterdir()) == [tmp_path / "outbox"]
    (tmp_path / "file").touch()
    with pytest.raises(BusError, match="check space and rights"):
        Outbox(tmp_path / "file" / "outbox")
