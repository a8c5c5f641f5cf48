"""One recording under way: the peripheral is used on a thread, its bytes are collected."""

import threading
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog
from pydantic import BaseModel

from drivers.capture.collector import Collector
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Cancelled, DriverSpec
from drivers.lifecycle import GONE
from drivers.saying import saying
from drivers.transports import tap

STOP_S = 5.0  # a driver that does not notice that it is cancelled loses its last word
AFTER_FAILURE_S = 0.5

log = structlog.get_logger()

Act = Callable[[Any, Cancelled], str]


class Session:
    """Opens the peripheral and does `act` with it, again and again, until `stop`.

    `act` returns a word for what came of it; words and reasons are counted in `outcomes`. With
    `once`, what follows the first `act` is nothing. `ended` says why it ended by itself. What was
    heard before a driver broke down is kept: that is the recording its author needs, and a mask
    that is as broken lets nothing be written (`masking.masked`).
    """

    def __init__(self, spec: DriverSpec, options: BaseModel, act: Act, once: bool = False) -> None:
        self.collector = Collector()
        self.outcomes: Counter[str] = Counter()
        self.ended = ""
        self.trouble: PeripheralError | None = None
        self._spec, self._options, self._act, self._once = spec, options, act, once
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"record {spec.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait for its own end; whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End it; what was heard so far stays in `collector`."""
        self._stopping.set()
        self.wait(STOP_S)

    def _run(self) -> None:
        try:
            with tap.collecting(self.collector):
                self._use()
        except PeripheralError as e:
            self.trouble, self.ended = e, e.reason.value
        except Exception as e:  # noqa: BLE001 - a driver's mistake; its words may be personal
            log.error("driver failed", driver=self._spec.name, error=type(e).__name__)
            self.trouble, self.ended = _broken(self._spec, e), "failed"

    def _use(self) -> None:
        device = self._spec.open(self._options)
        try:
            while not self._stopping.is_set():
                try:
                    self.outcomes[self._act(device, self._stopping.is_set)] += 1
                except PeripheralError as e:
                    if e.reason in GONE:
                        raise
                    if not self._stopping.is_set():
                        self.outcomes[e.reason.value] += 1
                        self._stopping.wait(AFTER_FAILURE_S)
                if self._once:
                    self.ended = "done"
                    return
        finally:
            device.close()


def _broken(spec: DriverSpec, e: Exception) -> PeripheralError:
    """Says where the driver broke down, and no value."""
    place = traceback.extract_tb(e.__traceback__)[-1]
    return PeripheralError(
        Reason.GARBLED,
        saying(
            "the driver {driver} failed: {error} in {function}, line {line}",
            driver=spec.name,
            error=type(e).__name__,
            function=place.name,
            line=place.lineno,
        ),
        advice=saying("Please report it, with the recording."),
    )
