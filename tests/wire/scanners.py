"""What the tests of scanners share: opening a driver on a port, showing a code a little later."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers import registry
from drivers.errors import PeripheralError

# GM65: light on, light off, done
START, STOP = "7E 00 08 01 00 02 01 02 DA", "7E 00 08 01 00 02 02 32 B9"
ACK = "02 00 00 01 00 33 31"


@contextmanager
def opened(driver: str, **options: Any) -> Iterator[Any]:
    """The real driver with these options, closed in the end."""
    device = registry.spec_of(driver).open(registry.check(driver, options))
    try:
        yield device
    finally:
        device.close()


def never() -> bool:
    return False


def soon(do: Any, *args: Any, after_s: float = 0.4, **more: Any) -> None:
    """Do it when the driver has begun to wait."""
    timer = threading.Timer(after_s, do, args, more)
    timer.daemon = True
    timer.start()


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


def error(do: Callable[[], Any]) -> PeripheralError:
    with pytest.raises(PeripheralError) as caught:
        do()
    return caught.value
