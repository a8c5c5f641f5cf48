"""The addresses of the TV board."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, StreamingResponse

from hall_controller.console.board.stream import FOLDER, BoardStream


def board_router(stream: BoardStream) -> APIRouter:
    """`/board` (the page) and `/board/events` (its stream)."""
    router = APIRouter()
    page = (FOLDER / "board.html").read_text("utf-8").replace("{{version}}", stream.version)

    @router.get("/board", include_in_schema=False)
    async def board() -> HTMLResponse:
        return HTMLResponse(page, headers={"Cache-Control": "no-store"})

    @router.get("/board/events", include_in_schema=False)
    async def board_events() -> StreamingResponse:
        return StreamingResponse(
            stream.events(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router
