"""The strip at the foot: terminals and their peripherals, what needs a hand first."""

from html import escape

from hall_controller.console.pages.parts import icon, since
from hall_controller.console.texts import text, word
from hall_controller.views import HallView, PeripheralView, TerminalView

SEVERITY_ICONS = {"good": "check_circle", "warn": "warning", "bad": "error"}
PERIPHERAL_SEVERITY = {
    "online": "good",
    "busy": "good",
    "starting": "warn",
    "stopped": "warn",
    "offline": "bad",
    "user_error": "bad",
    "no_device": "bad",
    "hardware_error": "bad",
}
SKEW_SHOWN_MS = 5_000  # it is known to two seconds
PRESENCE_SEVERITY = {
    "ready": "good",
    "sleeping": "good",
    "init": "warn",
    "alert": "warn",
    "unknown": "warn",
    "disconnected": "bad",
    "lost": "bad",
}


def terminal_strip(lang: str, view: HallView) -> str:
    """Terminals and peripherals, what needs a hand first, each with icon, word and since when."""
    if not view.terminals:
        return f'<span class="soft">{text(lang, "strip.none")}</span>'
    items = [item for terminal in view.terminals for item in _terminal_items(lang, terminal)]
    troubles = sum(severity != "good" for severity, _ in items)
    verdict = (
        f'<span class="verdict warn">{icon("warning")}'
        f"{text(lang, 'strip.problems', count=troubles)}</span>"
        if troubles
        else f'<span class="verdict good">{icon("check_circle")}'
        f"{text(lang, 'strip.all_well')}</span>"
    )
    order = {"bad": 0, "warn": 1, "good": 2}
    items.sort(key=lambda item: order[item[0]])
    shown = "".join(html for _, html in items)
    count = text(lang, "strip.terminals", count=len(view.terminals))
    return f'{verdict}<div class="items">{shown}</div><span class="soft">{count}</span>'


def _terminal_items(lang: str, terminal: TerminalView) -> list[tuple[str, str]]:
    """A terminal that is away hides its peripherals: what they said last means nothing now."""
    severity = PRESENCE_SEVERITY.get(terminal.state, "warn")
    troubled = [p for p in terminal.peripherals if _peripheral_severity(p) != "good"]
    items = []
    if severity == "bad" or not troubled:
        said = word(lang, "presence", terminal.state)
        items.append((severity, _item(lang, severity, terminal.id, said, terminal.since_ms)))
    if abs(terminal.skew_ms) > SKEW_SHOWN_MS:
        said = text(lang, "strip.skew", seconds=f"{round(terminal.skew_ms / 1000):+}")
        items.append(("warn", _item(lang, "warn", terminal.id, said, 0)))
    if severity != "bad":
        for peripheral in troubled:
            level = _peripheral_severity(peripheral)
            name = f"{terminal.id} {word(lang, 'kind', peripheral.driver)}"
            said = _peripheral_word(lang, peripheral)
            items.append((level, _item(lang, level, name, said, peripheral.since_ms)))
    return items


def _item(lang: str, severity: str, name: str, said: str, since_ms: int) -> str:
    ago = f" · {since(since_ms, 'ago')}" if severity != "good" and since_ms else ""
    return (
        f'<span class="item {severity}">{icon(SEVERITY_ICONS[severity])}'
        f"{escape(name)} {escape(said)}{ago}</span>"
    )


def _peripheral_severity(peripheral: PeripheralView) -> str:
    if peripheral.paper in ("out", "jam") or peripheral.cover_open:
        return "bad"
    severity = PERIPHERAL_SEVERITY.get(peripheral.state, "warn")
    return "warn" if severity == "good" and peripheral.paper == "low" else severity


def _peripheral_word(lang: str, peripheral: PeripheralView) -> str:
    if peripheral.state in ("no_device", "hardware_error", "stopped"):
        return word(lang, "state", peripheral.state)
    if peripheral.paper in ("out", "jam"):
        return text(lang, f"paper.{peripheral.paper}")
    if peripheral.cover_open:
        return text(lang, "cover.open")
    if peripheral.state in ("online", "busy") and peripheral.paper == "low":
        return text(lang, "paper.low")
    return word(lang, "state", peripheral.state)
