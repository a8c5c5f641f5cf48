"""One broker for the tests of the bus, and links that are stopped after each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bus.link import Delivery, Link
from tests.broker import Running, running_broker

Starter = Callable[..., Link]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A broker shared by the tests of one file."""
    with running_broker(tmp_path_factory.mktemp("hall")) as running:
        yield running


@pytest.fixture
def start(hall: Running) -> Iterator[Starter]:
    """`start("kiosk-1", …)` starts a link that acknowledges what it gets, and keeps it in `.got`.

    Sessions begin afresh unless the test says otherwise.
    """
    links: list[Link] = []

    def starter(terminal: str, **options: Any) -> Link:
        got: list[Delivery] = []

        def keep(delivery: Delivery) -> None:
            got.append(delivery)
            link.ack(delivery)

        options.setdefault("on_delivery", keep)
        options.setdefault("session_s", 0)
        link = Link(hall.links[terminal], **options)
        link.got = got  # type: ignore[attr-defined]
        links.append(link)
        link.start()
        return link

    yield starter
    for link in links:
        link.stop()
