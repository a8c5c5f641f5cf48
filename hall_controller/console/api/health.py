"""`/healthz`: is this hall working? 200 with the state, or 503 when the hall loop stands still."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from hall_controller.port import HallPort


def health_router(port: HallPort) -> APIRouter:
    """`{"ok", "bus_connected", "revision", "site", "view_age_ms"}`; `ok` is false with 503."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        view = port.feed.current
        body = {
            "ok": port.alive,
            "bus_connected": view.bus_connected,
            "revision": view.revision,
            "site": view.site,
            "view_age_ms": max(0, port.now() - view.at_ms),
        }
        return JSONResponse(body, 200 if port.alive else 503, {"Cache-Control": "no-store"})

    return router
