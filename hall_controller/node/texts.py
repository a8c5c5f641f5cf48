"""What a window's panel shows."""

from bus.messages import WindowShows, WindowState

PAUSED = "暂停服务"


def panel_text(state: WindowState) -> str:
    """Text for the panel (窗口屏) at a window; the usual ones fill 64 pixels at most.

    calling, serving: number and window, `A001 3窗`; idle: the window's name, `3号窗口`;
    paused: `暂停服务`; closed, and a call without a number: nothing.
    """
    if state.shows in (WindowShows.CALLING, WindowShows.SERVING):
        return f"{state.number} {state.window}窗" if state.number else ""
    if state.shows is WindowShows.PAUSED:
        return PAUSED
    return state.name if state.shows is WindowShows.IDLE else ""
