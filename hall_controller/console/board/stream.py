"""What the TV board gets: a picture of the public part of the hall, and the stream that carries it.

Events (server-sent events, UTF-8, one JSON object in `data`):

- `hello` once per connection: `{"version"}`; a board of another version reloads itself;
- `board` at once and at each change: `{"hall", "calls": [{"id", "number", "window", "at_ms"}],
  "queues": [{"id", "name", "waiting"}], "notices"}`, calls newest first, each number once;
- `beat` at once and every few seconds: `{"now_ms", "alive"}`; without one a board
  greys its numbers.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

from hall_controller.console.live import LiveView
from hall_controller.port import HallPort
from hall_controller.views import CallView, HallView

CALLS_SHOWN = 6
BEAT_S = 3.0
FOLDER = Path(__file__).parent


def assets_version() -> str:
    """Changes with every change of the board's own files, so that old boards reload themselves."""
    digest = hashlib.sha256()
    for name in ("stream.py", "board.html", "board.css", "board.js"):
        digest.update((FOLDER / name).read_bytes())
    return digest.hexdigest()[:12]


def latest_calls(calls: tuple[CallView, ...]) -> list[CallView]:
    """The newest call of each number, newest first: a recall moves it up, never doubles it."""
    seen: dict[str, CallView] = {}
    for call in sorted(calls, key=lambda one: one.at_ms, reverse=True):
        seen.setdefault(call.number, call)
    return list(seen.values())[:CALLS_SHOWN]


def picture(view: HallView) -> dict[str, object]:
    """The public part of `view`: numbers, windows and counts, nothing of any person."""
    return {
        "hall": view.hall_name,
        "calls": [
            {"id": c.call_id, "number": c.number, "window": c.window_name, "at_ms": c.at_ms}
            for c in latest_calls(view.calls)
        ],
        "queues": [{"id": q.id, "name": q.name, "waiting": len(q.waiting)} for q in view.queues],
        "notices": list(view.notices),
    }


def event(name: str, data: dict[str, object]) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class BoardStream:
    """Serialises a picture once for all boards, and only when the public part changed."""

    def __init__(self, port: HallPort, live: LiveView, *, beat_s: float = BEAT_S) -> None:
        self._port = port
        self._live = live
        self._beat_s = beat_s
        self._revision: int | None = None
        self._picture: dict[str, object] = {}
        self._bytes = b""
        self.version = assets_version()
        self.connected = 0

    def board_event(self) -> bytes:
        """The `board` event of the newest picture; the same object until something changes."""
        view = self._live.current
        if view.revision != self._revision:
            self._revision = view.revision
            new = picture(view)
            if new != self._picture:
                self._picture = new
                self._bytes = event("board", new)
        return self._bytes

    async def events(self) -> AsyncIterator[bytes]:
        """All events of one board, until the server stops or the board goes."""
        self.connected += 1
        try:
            yield b"retry: 2000\n\n" + event("hello", {"version": self.version})
            yield self._beat()
            sent = b""
            while not self._live.closed:
                newest = self.board_event()
                if newest is not sent:
                    sent = newest
                    yield newest
                elif not await self._live.wait(self._beat_s):
                    yield self._beat()
        finally:
            self.connected -= 1

    def _beat(self) -> bytes:
        return event("beat", {"now_ms": self._port.now(), "alive": self._port.alive})
