"""`hall-devices read --photo`: raw by default, a picture when a decoder is installed for real."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.cards.photos import NO_DECODER

COMMAND = Path(sys.executable).with_name("hall-devices")
DECODER = """
def decode(photo):
    if photo[:4] == b"bad!":
        raise ValueError("no WLT")
    return b"P6 1 1 255 " + photo[:3]
def wrong(photo):
    return b"GIF89a"
"""


def read(sim: Any, photo: Path, *words: str, packages: Path | None = None) -> Any:
    path = {"PYTHONPATH": str(packages)} if packages else {}
    port = f"port={sim.options['port']}"
    return subprocess.run(
        [COMMAND, "read", "sdt_reader", "-o", port, "--json", "--photo", str(photo), *words],
        capture_output=True, text=True, timeout=30, check=False, env=os.environ | path,
    )  # fmt: skip


@pytest.fixture
def install(tmp_path: Path) -> Callable[[str], Path]:
    """Install a decoder as a package of its own, without touching the environment."""

    def put(function: str) -> Path:
        folder = tmp_path / "site"
        info = folder / "wlt_pictures-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / "wlt_pictures.py").write_text(DECODER)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wlt-pictures\nVersion: 1.0\n")
        entry = f"[yukuai_hall.photo_decoders]\nwlt = wlt_pictures:{function}\n"
        (info / "entry_points.txt").write_text(entry)
        return folder

    return put


def test_a_wlt_file_holds_the_bytes_as_read(simulate: Callable[..., Any], tmp_path: Path) -> None:
    sim = simulate("sdt_reader", card="jia")
    sim.tricky_photo = True
    file = tmp_path / "card.wlt"
    done = read(sim, file)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(json.loads(done.stdout))[-1] == "photo"
    assert json.loads(done.stdout)["photo"] == str(file)
    trick = bytes.fromhex("AA AA AA 96 69 00 04 00 00 80 84")
    assert file.read_bytes() == (40 * trick).ljust(1024, b"\0")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_decoder_it_says_so_and_the_card_is_read(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    done = read(simulate("sdt_reader", card="jia"), tmp_path / "card.png")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"], told["kind"]) == (0, True, "citizen")
    assert told["photo_note"].startswith(NO_DECODER)
    assert "*.wlt" in told["photo_note"]
    assert "photo" not in told
    assert NO_DECODER in done.stderr
    assert not (tmp_path / "card.png").exists()


def test_an_installed_decoder_makes_the_picture(
    simulate: Callable[..., Any], tmp_path: Path, install: Callable[[str], Path]
) -> None:
    file = tmp_path / "card.ppm"
    done = read(simulate("sdt_reader", card="jia"), file, packages=install("decode"))
    assert json.loads(done.stdout)["photo"] == str(file)
    assert file.read_bytes() == b"P6 1 1 255 \0\0\0"


def test_a_decoder_that_makes_no_picture_is_told_of(
    simulate: Callable[..., Any], tmp_path: Path, install: Callable[[str], Path]
) -> None:
    file = tmp_path / "card.png"
    done = read(simulate("sdt_reader", card="jia"), file, packages=install("wrong"))
    told = json.loads(done.stdout)
    assert (done.returncode, told["photo_note"]) == (
        0,
        "the photo decoder made neither PNG nor PPM",
    )
    assert not file.exists()


def test_a_folder_that_is_not_there_is_said_before_the_card_is_read(
    simulate: Callable[..., Any], tmp_path: Path
) -> None:
    sim = simulate("sdt_reader", card="jia")
    done = read(sim, tmp_path / "nowhere" / "card.wlt")
    assert (done.returncode, json.loads(done.stdout)["reason"]) == (2, "bad_option")
    assert sim.received == b""
