"""The stage: one page with kiosk, reader, printer, panels and TV board, and what a hand may do.

Paper and panels are drawn only from the bytes that the simulators received.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from config.hall_name import official_name
from drivers.sim.sdt_reader import SdtReaderSimulator
from drivers.sim.speaker import SpeakerSimulator
from scripts.demo.desk import Desk
from scripts.demo.desk_page import DeskPage, heard_at, heard_whole, png_of
from scripts.demo.desk_plan import CHIP_HANDS
from scripts.demo.devices import active_faults, cards, control, fault_plan
from scripts.demo.hall import SPEAKER, DemoHall
from scripts.demo.pictures import version_of
from scripts.demo.processes import wait_until
from scripts.demo.screen import NOVNC

PAGES = Path(__file__).parent / "pages"
PROGRAM_NAMES = {"controller": "大厅控制器", "node": "条屏节点"}
DISPLAY_NAMES = {"panel": "条屏", "sign": "英文条屏", "pole": "客显", "digits": "数码屏"}
LOOK_S = 0.25


@dataclass(slots=True)
class Stage:
    """Serves the stage page of a running demo hall."""

    hall: DemoHall
    port: int
    desk: Desk = field(default_factory=Desk)
    laid: dict[str, str] = field(default_factory=dict)  # by reader, the line that laid its card
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}/"

    def kiosk_address(self, kiosk: str) -> str:
        """A kiosk's screen alone."""
        return f"{self.address}kiosk?port={self.hall.viewers[kiosk]}"

    def start(self) -> None:
        """Serve from a thread; returns when it answers."""
        options = uvicorn.Config(
            self._app(),
            host="127.0.0.1",
            port=self.port,
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(options)
        self._thread = threading.Thread(target=self._server.run, name="stage", daemon=True)
        self._thread.start()
        wait_until(lambda: bool(self._server and self._server.started), "the stage page", 10)
        self.desk.start()

    def stop(self) -> None:
        """Stop serving, and put the desk away."""
        self.desk.stop()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True  # ends the event streams, see `_states`
            self._thread.join(5)

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", lambda request: FileResponse(PAGES / "stage.html")),
                Route("/kiosk", lambda request: FileResponse(PAGES / "kiosk.html")),
                Route("/favicon.ico", lambda request: Response(status_code=204)),
                Route("/plan", self._plan),
                Route("/state", self._state),
                Route("/control", self._control, methods=["POST"]),
                Route("/paper/{kiosk}.png", self._paper),
                Route("/panel/{device}.png", self._panel),
                Route("/heard.wav", self._heard),
                *DeskPage(self.desk, self._ends).routes(),
                Mount("/static", StaticFiles(directory=PAGES)),
                Mount("/novnc", StaticFiles(directory=NOVNC)),
            ]
        )

    async def _plan(self, request: Request) -> JSONResponse:
        """Everything that stays the same while the demo runs."""
        hall = self.hall
        kiosks = [
            {
                "id": plan.id,
                "orientation": plan.orientation,
                "viewer": self.kiosk_address(plan.id),
                "reader": {
                    "cards": [asdict(hand) for hand in cards()],
                    "faults": fault_plan(hall.devices[f"{plan.id}/reader"]),
                },
                "chip": [asdict(hand) for hand in CHIP_HANDS] if self._has_chip(plan.id) else [],
                "printer": {"faults": fault_plan(hall.devices[f"{plan.id}/printer"])},
            }
            for plan in hall.kiosks
        ]
        panels = [{"device": name, "title": _panel_title(name)} for name in hall.at_windows]
        links = [
            ("外设台（每种外设）", "/bench"),
            ("窗口叫号（工作人员）", f"{hall.web}/"),
            ("电视屏", f"{hall.web}/board"),
        ]
        name = official_name(hall.settings.site.code)
        board = f"{hall.web}/board"
        return JSONResponse(
            {
                "hall": name,
                "kiosks": kiosks,
                "panels": panels,
                "links": links,
                "board": board,
                "programs": PROGRAM_NAMES | {plan.id: plan.id for plan in hall.kiosks},
            }
        )

    def _has_chip(self, kiosk: str) -> bool:
        return f"{kiosk}/chip" in self.hall.devices

    async def _heard(self, request: Request) -> Response:
        """The last call that arrived whole at the loudspeaker."""
        return heard_at(self.hall.devices.get(SPEAKER))

    async def _state(self, request: Request) -> StreamingResponse:
        return StreamingResponse(self._states(), media_type="text/event-stream")

    def _ends(self) -> bool:
        return self._server is None or self._server.should_exit

    async def _states(self) -> AsyncIterator[str]:
        told = ""
        while not self._ends():
            programs = {name: self.hall.children.runs(name) for name in self.hall.programs}
            state = {"devices": self._devices(), "programs": programs}
            now = json.dumps(state, ensure_ascii=False)
            if now != told:
                told = now
                yield f"data: {now}\n\n"
            await asyncio.sleep(LOOK_S)

    def _devices(self) -> dict[str, dict[str, Any]]:
        return {name: self._device(name) for name in self.hall.devices}

    def _device(self, name: str) -> dict[str, Any]:
        device = self.hall.devices[name]
        state: dict[str, Any] = {"plugged": device.port.plugged, "active": active_faults(device)}
        if isinstance(device, SdtReaderSimulator):
            state["card"] = self.laid.get(name) if device.card_lies else None
        state["version"] = version_of(device)
        if isinstance(device, SpeakerSimulator):
            state["heard"] = heard_whole(device)
        return state

    async def _control(self, request: Request) -> JSONResponse:
        wish = await request.json()
        name, line = str(wish.get("device")), str(wish.get("line"))
        if name in self.hall.programs:
            return JSONResponse(await asyncio.to_thread(lambda: self._power(name, line)))
        if name not in self.hall.devices:
            return JSONResponse({"ok": False, "error": f"没有这件外设：{name}"}, 404)
        device = self.hall.devices[name]
        done = await asyncio.to_thread(lambda: control(device, line))
        if done["ok"] and line.startswith("lay "):
            self.laid[name] = line
        return JSONResponse(done)

    def _power(self, program: str, line: str) -> dict[str, Any]:
        """Kill a program, or start it again."""
        match line, self.hall.children.runs(program):
            case "kill", True:
                self.hall.kill(program)
            case "start", False:
                self.hall.start_again(program)
        return {"ok": True}

    async def _paper(self, request: Request) -> Response:
        return await png_of(self.hall.devices.get(f"{request.path_params['kiosk']}/printer"))

    async def _panel(self, request: Request) -> Response:
        return await png_of(self.hall.devices.get(request.path_params["device"]))


def _panel_title(device: str) -> str:
    kind, _, window = device.rpartition("-")
    return f"{window}号窗口 {DISPLAY_NAMES[kind]}"
