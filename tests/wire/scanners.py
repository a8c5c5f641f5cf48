"""What the tests of scanners share: opening a driver on a port, showing a code a little later."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drivers import registry


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
