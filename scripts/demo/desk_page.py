"""The page of the desk: its routes, beside those of the stage."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from drivers import registry
from drivers.sim.speaker import SpeakerSimulator
from scripts.demo.desk import Desk
from scripts.demo.desk_plan import USES
from scripts.demo.pictures import picture_of, version_of, wav_of

PAGE = Path(__file__).parent / "pages" / "desk.html"
LOOK_S = 0.25


@dataclass(slots=True)
class DeskPage:
    """Serves `desk`. `ended`: whether the server is to stop, which ends the event streams."""

    desk: Desk
    ended: Callable[[], bool]

    def routes(self) -> list[Route]:
        """What the page needs."""
        return [
            Route("/bench", lambda request: FileResponse(PAGE)),
            Route("/bench/plan", self._plan),
            Route("/bench/state", self._state),
            Route("/bench/do", self._do, methods=["POST"]),
            Route("/bench/picture/{driver}.png", self._picture),
            Route("/bench/heard.wav", self._heard),
        ]

    async def _plan(self, request: Request) -> JSONResponse:
        """What stays the same."""
        places = [
            {
                "driver": name,
                "title": {"zh": place.plan.title, "en": registry.spec_of(name).title},
                "kind": place.kind.value,
                "uses": {
                    "zh": [use.zh for use in USES[place.kind]],
                    "en": [use.en for use in USES[place.kind]],
                },
                "hands": [asdict(hand) for hand in place.plan.hands],
                "faults": [asdict(fault) for fault in place.plan.faults],
            }
            for name, place in self.desk.places.items()
        ]
        return JSONResponse({"places": places})

    async def _state(self, request: Request) -> StreamingResponse:
        return StreamingResponse(self._states(), media_type="text/event-stream")

    async def _states(self) -> AsyncIterator[str]:
        told = ""
        while not self.ended():
            now = json.dumps(await asyncio.to_thread(self._told), ensure_ascii=False)
            if now != told:
                told = now
                yield f"data: {now}\n\n"
            await asyncio.sleep(LOOK_S)

    def _told(self) -> dict[str, Any]:
        state = self.desk.state()
        for name, place in self.desk.places.items():
            if place.simulator is not None:
                state[name]["version"] = version_of(place.simulator)
                if isinstance(place.simulator, SpeakerSimulator):
                    state[name]["heard"] = heard_whole(place.simulator)
        return state

    async def _do(self, request: Request) -> JSONResponse:
        """`{"driver", "line"}` is a hand at the simulator, `{"driver", "use"}` a use of it."""
        wish = await request.json()
        place = self.desk.places.get(str(wish.get("driver")))
        if place is None or place.simulator is None:
            return JSONResponse({"ok": False, "error": "这件外设还没有准备好"}, 404)
        if "use" in wish:
            place.use(int(wish["use"]))
            return JSONResponse({"ok": True})
        return JSONResponse(await asyncio.to_thread(place.obey, str(wish.get("line"))))

    async def _picture(self, request: Request) -> Response:
        place = self.desk.places.get(request.path_params["driver"])
        return await png_of(place.simulator if place else None)

    async def _heard(self, request: Request) -> Response:
        return heard_at(self.desk.places["speaker"].simulator)


def heard_whole(speaker: SpeakerSimulator) -> int:
    """How many announcements have come to their end."""
    return sum(1 for heard in speaker.announcements if heard.ended)


def heard_at(speaker: Any) -> Response:
    """The last announcement that arrived at a loudspeaker whole; 404 while there is none."""
    heard = speaker.announcements if isinstance(speaker, SpeakerSimulator) else []
    whole = [each for each in heard if each.ended]
    if not whole:
        return Response(status_code=404)
    headers = {"Cache-Control": "no-store"}
    return Response(wav_of(whole[-1]), media_type="audio/wav", headers=headers)


async def png_of(device: Any) -> Response:
    """The picture of a simulator; 404 while there is none."""
    png = await asyncio.to_thread(picture_of, device) if device is not None else None
    if png is None:
        return Response(status_code=404)
    return Response(png, media_type="image/png", headers={"Cache-Control": "no-store"})
