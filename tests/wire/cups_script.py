"""A printer that answers IPP by a script of literal bytes (RFC 8010), to break off where told."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from drivers.printers.cups_printer import CupsOptions

CREATE, SEND, CANCEL, GET_JOB, GET_JOBS, GET_PRINTER = 0x05, 0x06, 0x08, 0x09, 0x0A, 0x0B

OK, REFUSED, NOT_POSSIBLE, NOT_FOUND, BUSY = "0000", "040a", "0404", "0406", "0507"
HEAD = (
    "00000001 01"
    "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
    "48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0002 656e"
)
# Attributes: value tag, length of the name, name, length of the value; the value follows.
JOB_ID = "02 21 0006 6a6f622d6964 0004 00000007"
JOB_STATE = "23 0009 6a6f622d7374617465 0004"
JOB_REASONS = "44 0011 6a6f622d73746174652d726561736f6e73"
IMPRESSIONS = "21 0019 6a6f622d696d7072657373696f6e732d636f6d706c65746564 0004"
BEGAN = "21 0012 74696d652d61742d70726f63657373696e67 0004 00000e10"
NEVER_BEGAN = "13 0012 74696d652d61742d70726f63657373696e67 0000"
STATE = "23 000d 7072696e7465722d7374617465 0004"
REASONS = "44 0015 7072696e7465722d73746174652d726561736f6e73"
CUPS = "41 000c 637570732d76657273696f6e 0005 322e342e32"

# Stands in an answer for the job-name of the Create-Job before, with its length.
TITLE = "the job's title"
JOB_NAME, JOB_USER = (
    "42 0008 6a6f622d6e616d65",
    "42 0019 6a6f622d6f726967696e6174696e672d757365722d6e616d65",
)

# What may be said instead of an answer.
HANG_UP, SILENCE, CUT = "hang up", "silence", "hang up half-way"


def answer(attributes: str = "", status: str = OK) -> str:
    return f"0200 {status} {HEAD} {attributes} 03"


def job(state: int, pages: int | None = 0, reason: str = "none", more: str = "") -> str:
    counted = "" if pages is None else f"{IMPRESSIONS} {pages:08x}"
    return answer(f"02 {JOB_STATE} {state:08x} {JOB_REASONS} {text(reason)} {counted} {more}")


def printer(reason: str = "none", more: str = "") -> str:
    return answer(f"04 {STATE} {5 if reason != 'none' else 3:08x} {REASONS} {text(reason)} {more}")


def text(text: str) -> str:
    """A value with its length before it."""
    return f"{len(text.encode()):04x} {text.encode().hex()}"


class Scripted:
    """Each operation has a list of answers, of which the last is given again and again.

    `asked` are the operations in order. It listens while `running`.
    """

    def __init__(self, **answers: list[str]) -> None:
        self.asked: list[int] = []
        self.document = b""
        self.title = ""
        self.answers: dict[int, list[str]] = {
            GET_PRINTER: [printer()],
            GET_JOBS: [answer()],
            CREATE: [answer(JOB_ID)],
            SEND: [answer(JOB_ID)],
            GET_JOB: [job(9, 1)],
            CANCEL: [answer()],
        }
        self.answers |= {globals()[name]: told for name, told in answers.items()}
        self.cancelled: list[str] = []  # from then on, instead of GET_JOB's
        self.cancelled_printer: list[str] = []
        self.gone_after: int | None = None  # nobody listens any more behind this operation
        self._listener: socket.socket
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def options(self, **more: Any) -> CupsOptions:
        uri = f"ipp://127.0.0.1:{self._listener.getsockname()[1]}/ipp/print"
        waits = {"wait_s": 0.3, "reply_timeout_s": 0.5}
        return CupsOptions.model_validate({"uri": uri, **waits, **more})

    @contextlib.contextmanager
    def running(self) -> Iterator["Scripted"]:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread.start()
        try:
            yield self
        finally:
            self._over.set()
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._thread.join(20)
            self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self._over.is_set():
                with self._listener.accept()[0] as connection, contextlib.suppress(OSError):
                    self._one(connection)
                if self.asked and self.asked[-1] == self.gone_after:
                    self._listener.shutdown(socket.SHUT_RDWR)
                    return

    def _one(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        heard = b""
        while b"\r\n\r\n" not in heard:
            piece = connection.recv(65536)
            if not piece:
                return
            heard += piece
        head, _, body = heard.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            if self.answers[SEND][0] == CUT and len(body) > 100_000:  # no other is so long
                self.asked.append(SEND)
                return
            piece = connection.recv(65536)
            if not piece:
                return
            body += piece
        op = int.from_bytes(body[2:4], "big")
        self.asked.append(op)
        if op == SEND:
            self.document = body.partition(b"\x03%PDF")[2]
        if op == CREATE:
            title = body.partition(bytes.fromhex(JOB_NAME))[2]
            self.title = title[: 2 + int.from_bytes(title[:2], "big")].hex()
        said = self._next(op).replace(TITLE, self.title)
        if said == SILENCE:
            connection.recv(1)  # until nobody waits for it any more
        elif said != HANG_UP:
            data = bytes.fromhex(said)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data)

    def _next(self, op: int) -> str:
        if CANCEL in self.asked:
            if op == GET_JOB and self.cancelled:
                return _shift(self.cancelled)
            if op == GET_PRINTER and self.cancelled_printer:
                return _shift(self.cancelled_printer)
        return _shift(self.answers[op])


def _shift(told: list[str]) -> str:
    return told.pop(0) if len(told) > 1 else told[0]
