"""A FIFO in the place of /dev/input/event…: what the kernel gives of a keyboard."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from drivers.saying import saying
from drivers.sim.ports import LOOK_S, Port


def event(kind: int, code: int, value: int) -> bytes:
    """One 24-byte record of a 64-bit kernel, stamped with the time."""
    micros = time.time_ns() // 1000
    return b"".join(
        number.to_bytes(size, "little", signed=True)
        for number, size in (
            (micros // 1_000_000, 8), (micros % 1_000_000, 8), (kind, 2), (code, 2), (value, 4),
        )
    )  # fmt: skip


class FifoPort(Port):
    """One way, to the driver. `options["device"]` is the FIFO: `link`, or one in a new folder."""

    def __init__(self, link: str | Path | None = None) -> None:
        super().__init__()
        self._folder = None if link else tempfile.mkdtemp(prefix="hall-sim-")
        self._link = Path(link) if link else Path(self._folder or "", "event")
        self.options = {"device": str(self._link)}
        self._fd = -1

    def close(self) -> None:
        """See `Port.close`."""
        super().close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> None:
        if self._link.exists() and not self._link.is_fifo():
            raise ValueError(
                saying("{path} is there and no pipe: name another path", path=self._link)
            )
        self._link.unlink(missing_ok=True)
        os.mkfifo(self._link, 0o600)
        # For reading too, only so that it can be opened while no driver is there.
        self._fd = os.open(self._link, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def _shut(self) -> None:
        self._link.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = -1

    def _data_fd(self) -> int | None:
        return self._fd if self._fd >= 0 else None

    def _receive(self, limit: int) -> bytes:
        self._pulled.wait(LOOK_S)
        return b""
