"""`python -m scripts.demo`: the whole hall on this machine; `--once` plays and proves a journey."""

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from config import log
from scripts.demo.evidence import Evidence
from scripts.demo.hall import PLANS, DemoHall, monitor_line
from scripts.demo.once import Journey
from scripts.demo.processes import DemoError, free_port
from scripts.demo.seed import play_morning
from scripts.demo.stage import Stage

ONCE_SESSION = {"attract_s": 4.0, "ticket_shown_s": 8.0}
STAGE_PORT = 18850


def main() -> int:
    """Run; the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="play one journey, check it, end")
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder for evidence")
    parser.add_argument("--kiosks", type=int, choices=(1, 2), default=1)
    options = parser.parse_args()
    try:
        return once(options.out) if options.once else serve(options.kiosks)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def once(out: Path) -> int:
    """Play the journey over a fresh hall and write the evidence; 1 when a step failed."""
    out.mkdir(parents=True, exist_ok=True)
    evidence = Evidence(out.resolve())
    folder = Path("build/demo-hall").resolve()
    hall = DemoHall(folder, PLANS[:1], session=ONCE_SESSION, ports=(0, 0))
    failed = ""
    try:
        with evidence.step("open the hall") as seen:
            seen["tickets_before"] = open_hall(hall, viewers=False)
        Journey(hall, evidence).play()
    except Exception as error:  # noqa: BLE001 - outermost: whatever failed is evidence
        failed = f"step '{evidence.steps[-1]['name']}' failed: {error}"
    finally:
        hall.stop()
    path = evidence.write()
    if failed:
        print(f"demo: {failed}\ndemo: logs are in {hall.children.logs}", file=sys.stderr)
        return 1
    print(f"demo: ticket {evidence.ticket} is the same on paper, panel, board and in the store")
    print(f"demo: {evidence.timings_ms}\ndemo: evidence in {path}")
    return 0


def open_hall(hall: DemoHall, *, viewers: bool) -> int:
    """Everything from simulators to kiosks; how many tickets the morning had given."""
    hall.prepare()
    given = play_morning(hall.settings, time.time_ns() // 1_000_000)
    hall.start_controller()
    hall.start_rest(viewers=viewers)
    return given


def serve(kiosks: int) -> int:
    """Run until Ctrl-C, telling when a part ends by itself."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    hall = DemoHall(Path("var/demo").resolve(), PLANS[:kiosks])
    stage = Stage(hall, free_port(STAGE_PORT))
    try:
        open_hall(hall, viewers=True)
        # The desk's drivers work in this process.
        log.configure("info", (hall.folder / "logs" / "desk.log").open("a", encoding="utf-8"))
        stage.start()
        print(welcome(hall, stage), flush=True)
        told: dict[str, int] = {}
        while not stop.wait(1.0):
            ended = hall.children.ended()
            for name in ended.keys() - told.keys():
                print(ended_line(hall, name, ended[name]), flush=True)
            told = ended
    finally:
        print("demo: stopping", flush=True)
        stage.stop()
        hall.stop()
    return 0


def ended_line(hall: DemoHall, name: str, status: int) -> str:
    """What to tell when a program has ended by itself; the rest goes on."""
    again = "; start it again on the stage page" if name in hall.programs else ""
    return f"demo: {name} ended (status {status}){again}; its log: {hall.children.named(name).log}"


def welcome(hall: DemoHall, stage: Stage) -> str:
    """What to open first, then the single addresses."""
    pins = ", ".join(f"{clerk} {pin}" for clerk, pin in hall.pins().items())
    lines = [
        "",
        f"  Open this first, everything on one page:  {stage.address}",
        "",
        f"  every device    {stage.address}bench     (one of each model, with its faults)",
        f"  staff console   {hall.web}/          (clerk and PIN: {pins}; window 3 is free)",
        f"  TV board        {hall.web}/board",
        *(f"  {kiosk.id}         {stage.kiosk_address(kiosk.id)}" for kiosk in hall.kiosks),
        f"  health, metrics {hall.web}/healthz  {hall.web}/metrics",
        f"  watch the bus   {monitor_line(hall)}",
        f"  data and logs   {hall.folder}",
        "",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
