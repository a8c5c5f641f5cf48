"""A printer that answers by a table: question → answers in order, the last one for ever."""

import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from drivers.papers.slip import Slip

SLIP = Slip.model_validate(
    {
        "hall": "石柱土家族自治县冷水镇公共服务中心",
        "number": "A001",
        "service": "城乡居民养老保险参保登记",
        "waiting": 3,
        "estimate_minutes": 12,
        "issued_at": "2026-11-24T09:30:00+08:00",
        "qr": "A001",
        "notice": "过号请到服务台",
    }
)


class Peer:
    """One TCP server for one connection after the other."""

    def __init__(self, table: Mapping[str, Sequence[str]]) -> None:
        self._table = {
            bytes.fromhex(question): [bytes.fromhex(answer) for answer in answers]
            for question, answers in table.items()
        }
        self.received = b""
        self._server = socket.create_server(("127.0.0.1", 0))
        self.options = {"host": "127.0.0.1", "tcp_port": self._server.getsockname()[1]}
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with client:
                while byte := client.recv(1):
                    self.received += byte
                    self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        for question, answers in self._table.items():
            if self.received.endswith(question):
                client.sendall(answers.pop(0) if len(answers) > 1 else answers[0])
