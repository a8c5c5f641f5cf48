"""One try to open a peripheral, on a thread of its own: a driver that hangs there holds up nobody.

The device is handed over to the owner's thread and from then on used from there alone.
"""

import threading
from collections.abc import Callable
from typing import Any

import structlog
from pydantic import BaseModel

from drivers.interfaces import DriverSpec
from drivers.trouble_log import as_text

log = structlog.get_logger()


class Opening:
    """`spec.open(options)` under way; `finished` is called when it came to an end."""

    def __init__(self, spec: DriverSpec, options: BaseModel, finished: Callable[[], None]) -> None:
        self._spec = spec
        self._options = options
        self._finished = finished
        self._lock = threading.Lock()
        self._device: Any = None
        self._error: Exception | None = None
        self._unwanted = False
        self.done = False
        self._thread = threading.Thread(target=self._run, name=f"opening {spec.name}", daemon=True)
        self._thread.start()

    def take(self) -> Any:
        """The device, once it is `done`. Raises what the driver raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._device

    def abandon(self, wait_s: float) -> None:
        """Nobody wants the device any more: it is closed, now or when it opens at last."""
        self._thread.join(wait_s)
        with self._lock:
            self._unwanted = True
            late, self._device = self._device, None
        if late is not None:
            self._close(late)
        elif self._thread.is_alive():
            log.error("driver.opening_hangs", driver=self._spec.name)

    def _run(self) -> None:
        try:
            device = self._spec.open(self._options)
            with self._lock:
                unwanted = self._unwanted
                self._device = None if unwanted else device
            if unwanted:
                self._close(device)
        except Exception as e:  # noqa: BLE001 - handed to the owner's thread
            self._error = e
        self.done = True
        self._finished()

    def _close(self, device: Any) -> None:
        try:
            device.close()
        except Exception as e:  # noqa: BLE001 - logged
            log.error("driver failed", driver=self._spec.name, exception=as_text(e))
