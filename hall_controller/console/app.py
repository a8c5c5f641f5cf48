"""Starts and stops the web: a guest of the hall, in a thread of its own.

NiceGUI keeps one application per process, so one `WebServer` runs at a time; it may be stopped and
another one started.
"""

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import core, ui
from nicegui.storage import Storage

from hall_controller.console.api.health import health_router
from hall_controller.console.api.metrics import metrics_router
from hall_controller.console.board.routes import board_router
from hall_controller.console.board.stream import FOLDER as BOARD_FOLDER
from hall_controller.console.board.stream import BoardStream
from hall_controller.console.live import LiveView
from hall_controller.console.pages import console, sign_in
from hall_controller.console.texts import text
from hall_controller.port import HallPort

log = structlog.get_logger()

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0
SESSION_S = 14 * 3600  # one long working day, then everyone signs in anew
STATIC_FOLDER = Path(__file__).parent / "static"
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="6" fill="#0A5FA8"/>'
    '<path d="M7 9h18v4a3 3 0 0 0 0 6v4H7v-4a3 3 0 0 0 0-6z" fill="#fff"/></svg>'
)


class WebError(Exception):
    """The web could not be started; the message is one line for whoever started it."""


class WebServer:
    """A running web. `url` is where it answers, `tcp_port` the real port (0 was: any free one)."""

    def __init__(
        self, server: uvicorn.Server, listener: socket.socket, live: LiveView, board: BoardStream
    ) -> None:
        self._server = server
        self._listener = listener
        self.live = live
        self.board = board
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self.host, self.tcp_port = listener.getsockname()[:2]

    @property
    def url(self) -> str:
        """Address of the web on this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{host}:{self.tcp_port}"

    def start(self) -> None:
        """Start the thread and wait until it answers. Raises WebError."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(START_TIMEOUT_S / 0.02)):
            if self._server.started:
                return
            if not self._thread.is_alive():
                break
            waited.wait(0.02)
        self._server.should_exit = True
        raise WebError(f"the web on {self.url} did not start; see the log")

    def stop(self) -> None:
        """End all pages and streams and free the port. May be called twice."""
        self._server.should_exit = True
        self._thread.join(STOP_TIMEOUT_S)
        self._listener.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._listener]))
        except Exception:
            log.exception("web.failed")


class _Server(uvicorn.Server):
    """Lets the boards' endless streams go first: uvicorn would wait for them."""

    def __init__(self, config: uvicorn.Config, live: LiveView) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._live.close()
        await super().shutdown(sockets)


def start_web(
    port: HallPort,
    *,
    host: str,
    tcp_port: int,
    storage_secret: str,
    storage_dir: Path | None = None,
) -> WebServer:
    """Serve console, board, health and metrics until `.stop()`.

    `storage_secret` signs the session cookies. `storage_dir` keeps who is signed in across
    restarts (no personal data of citizens); None: forgotten at the end of the process. Raises
    WebError when the TCP port is taken or the address is not ours.
    """
    listener = _listen(host, tcp_port)
    live = LiveView(port.feed)
    try:
        board = BoardStream(port, live)
        app = _build(port, live, board, storage_secret, storage_dir)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
            ws_max_size=1 << 20,
        )
        web = WebServer(_Server(config, live), listener, live, board)
        web.start()
    except BaseException:
        listener.close()
        raise
    return web


def _listen(host: str, tcp_port: int) -> socket.socket:
    try:
        return socket.create_server((host, tcp_port), backlog=128)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WebError(f"the web cannot listen on {host}:{tcp_port}: {reason}") from error


def _build(
    port: HallPort, live: LiveView, board: BoardStream, secret: str, storage_dir: Path | None
) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        live.open()
        yield
        live.close()

    # No generated API pages: they would load their scripts from the internet.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(health_router(port))
    app.include_router(metrics_router(port))
    app.include_router(board_router(board))
    app.mount("/assets/board", StaticFiles(directory=BOARD_FOLDER))
    app.mount("/assets/console", StaticFiles(directory=STATIC_FOLDER))
    _prepare_nicegui(storage_dir)
    sign_in.register(port, live)
    console.register(port, live)
    ui.run_with(
        app,
        title=text("zh", "app.title"),
        favicon=FAVICON,
        language="zh-CN",
        binding_refresh_interval=None,
        tailwind=False,
        show_welcome_message=False,
        storage_secret=secret,
        session_middleware_kwargs={"same_site": "strict", "max_age": SESSION_S},
    )
    return app


def _prepare_nicegui(storage_dir: Path | None) -> None:
    """Give NiceGUI's one application a clean start: it keeps its middleware from run to run."""
    core.app.middleware_stack = None
    core.app.user_middleware.clear()
    folder = storage_dir or Path(tempfile.mkdtemp(prefix="hall-web-"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    Storage.path = folder.resolve()
    core.app.storage = Storage()
