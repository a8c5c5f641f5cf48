"""Files that people name, which are none, or the wrong ones: one sentence, at once."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import PeripheralError, Reason
from drivers.settings.text_file import text_of

LIMIT = 1024 * 1024


def refused(file: Path) -> str:
    with pytest.raises(PeripheralError) as e:
        text_of(file, LIMIT)
    assert (e.value.reason, e.value.sent) == (Reason.BAD_OPTION, False)
    return e.value.detail


def test_a_mark_of_windows_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "slip.json"
    file.write_bytes(b'\xef\xbb\xbf{"hall": "\xe5\x8e\x85"}\r\n')
    assert text_of(file, LIMIT) == '{"hall": "厅"}\r\n'


@pytest.mark.parametrize("data", ["渝快办".encode("gb18030"), b"\xff\xfe{\x00}\x00"])
def test_another_encoding_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "hall.toml"
    file.write_bytes(data)
    assert refused(file) == f"{file} is not UTF-8; save it as UTF-8"


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"cannot read {tmp_path}: it is a folder"
    assert refused(Path("/dev/zero")) == "cannot read /dev/zero: it is a device, name a file"
    assert refused(tmp_path / "no") == f"cannot read {tmp_path}/no: No such file or directory"
    assert "null byte" in refused(Path("a\0b"))


def test_the_limit_is_exact_and_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "huge"
    file.write_bytes(b"a" * LIMIT)
    assert len(text_of(file, LIMIT)) == LIMIT
    os.truncate(file, 5 * 1024**3)  # sparse
    assert refused(file) == f"{file} holds more than 1 MiB: is it the right file?"


@contextlib.contextmanager
def fifo(folder: Path) -> Iterator[Path]:
    os.mkfifo(folder / "pipe")
    yield folder / "pipe"


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    with fifo(tmp_path) as pipe:
        late = threading.Timer(0.3, pipe.write_text, ["a" * 100_000])
        late.start()
        assert text_of(pipe, LIMIT) == "a" * 100_000
        late.join()


def test_a_pipe_without_a_writer_and_one_without_end(tmp_path: Path) -> None:
    with fifo(tmp_path) as pipe:
        assert refused(pipe) == f"cannot read {pipe}: nobody writes to this pipe"
        with subprocess.Popen(["sh", "-c", f"exec cat /dev/zero > {pipe}"]) as endless:
            assert "holds more than 1 MiB" in refused(pipe)
            endless.kill()
