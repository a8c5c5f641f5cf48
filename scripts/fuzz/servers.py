"""Print servers and network printers: HTTP, IPP messages, and what a queue makes of them."""

import contextlib
import socket
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from drivers.errors import Reason
from drivers.printers import cups_ipp, cups_mark, cups_reasons
from drivers.printers.cups_document import Document
from drivers.printers.cups_ipp import GROUP_OPERATION, Answer, Op, Tag
from drivers.printers.cups_queue import Queue, default_queue, queues_of
from drivers.printers.cups_server import Server
from drivers.status import State
from scripts.fuzz.target import PATIENCE_S, Target, folder, hexed, refusing

IPP = (
    hexed("01 01 00 00 00 00 00 01 01 47 00 12") + b"attributes-charset" + hexed("00 05")
    + b"utf-8" + hexed("04 44 00 15") + b"printer-state-reasons" + hexed("00 0F")
    + b"media-jam-error" + hexed("44 00 00 00 04") + b"none" + hexed("03")
)  # fmt: skip
JOB = (
    hexed("02 00 00 00 00 00 00 01 02 21 00 06") + b"job-id" + hexed("00 04 00 00 00 07 23 00 09")
    + b"job-state" + hexed("00 04 00 00 00 09 42 00 08") + b"job-name" + hexed("00 0F")
    + b"hall document 1" + hexed("03")
)  # fmt: skip
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\x02\0\0\0\r\n0\r\n\r\n"
REFUSALS = (Reason.GARBLED, Reason.REJECTED, Reason.BUSY, Reason.NO_DEVICE)
PDF = Document("application/pdf", b"%PDF")
QUESTION = cups_ipp.request(Op.CUPS_GET_DEFAULT, [])


def ipp_answers(data: bytes) -> None:
    """A message of a print server: taken apart or GARBLED, and a text in it is read as it is."""
    with refusing(Reason.GARBLED):
        answer = cups_ipp.parse(data)
        assert sum(_values(group) for _, group in answer.groups) * 5 <= len(data)
        for _, values in answer.groups:
            assert cups_reasons.condition_of(values).state in State
        answer.message()
    text = data[:2000].decode("utf-8", "replace").encode()[:2000].decode("utf-8", "ignore")
    sent = cups_ipp.request(Op.GET_JOBS, [(Tag.NAME, "title", ["before", text])])
    assert cups_ipp.parse(sent).first(GROUP_OPERATION)["title"] == ["before", text]


def _values(group: dict[str, list[Any]]) -> int:
    return sum(map(len, group.values()))


class _Told:
    """A `Server` whose every answer is `data`."""

    host, tcp_port, place = "::1", 631, "here"

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.asked = 0

    def ask(self, path: str, message: bytes, document: bytes = b"", **more: object) -> Answer:
        """See `Server.ask`."""
        self.asked += 1
        return cups_ipp.parse(self._data)


def cups_queue(data: bytes) -> None:
    """What a queue and its jobs are, by any answer; no title but this machine's is a leftover."""
    told = _Told(data)
    server = cast(Server, told)
    queue = Queue(server, "ipp://here/printers/a4", "/printers/a4")
    mark = cups_mark.Mark("machine", "boot", 1, 1, "print")
    asks: tuple[Callable[[], object], ...] = (
        queue.condition,
        lambda: queue.job(7),
        lambda: queue.cancel(7),
        lambda: queue.create_job([], mark),
        lambda: queue.send(7, PDF, lambda: False, 1.0),
        lambda: queues_of(server),
        lambda: default_queue(server),
        queue.withdraw_leftovers,
    )
    with refusing(*REFUSALS):
        asks[len(data) % len(asks)]()
    assert told.asked <= 1 + len(data) // 5
    text = data.decode("utf-8", "replace")
    parsed = cups_mark.parse(text)
    assert parsed is None or len(str(parsed)) <= 104
    assert not cups_mark.is_leftover(text) or text.startswith(_machine())


@cache
def _machine() -> str:
    with cups_mark.in_hand() as mark:
        assert not cups_mark.is_leftover(str(mark))
        return mark.machine


def http_answers(data: bytes) -> None:
    """Whatever comes back over HTTP is an answer or told by a reason. Odd inputs get a header."""
    house = _house()
    house.answer = HTTP % len(data) + data if len(data) % 2 else data
    with refusing(Reason.GARBLED, Reason.LOST, Reason.REJECTED):
        Server(house.place, 631, PATIENCE_S).ask("/", QUESTION)


class _House:
    """A print server on a Unix socket: takes each question whole, says `answer`, hangs up."""

    def __init__(self, place: str) -> None:
        self.place, self.answer = place, b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(place)
        self._socket.listen()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            line, _ = self._socket.accept()
            with line, contextlib.suppress(OSError):
                heard = b""
                while not heard.endswith(QUESTION):
                    heard += line.recv(65536)
                line.sendall(self.answer)


@cache
def _house() -> _House:
    return _House(str(folder() / "socket"))


TARGETS = (
    Target("ipp_answers", ipp_answers, (IPP, JOB)),
    Target("cups_queue", cups_queue, (IPP, JOB, b"1f0c9a3be2d4.77b0e5c1.4021.183344.9d2e4f10")),
    Target(
        "http_answers",
        http_answers,
        (
            HTTP % len(IPP) + IPP,
            IPP + bytes(1 - len(IPP) % 2),
            CHUNKED,
            b"HTTP/1.1 401 Unauthorized\r\n\r\n",
        ),
        longest=2048,
    ),
)
