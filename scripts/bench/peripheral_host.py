"""A host of peripherals as a process of its own: it uses them, and tells what that cost.

`python -m scripts.bench.peripheral_host PLAN`, where PLAN is a JSON object with `do`:
`idle` (owners of all `peripherals` for `seconds`), `read` (one reader, `count` cards) or `print`
(one printer, `count` slips). Prints one JSON object last.
"""

import json
import sys
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config import log
from drivers import registry
from drivers.interfaces import PrintOutcome
from drivers.papers.slip import Slip
from drivers.status import State

SETTLE_S = 3.0
SLIP = Slip(
    hall="石柱土家族自治县冷水镇公共服务中心",
    number="A001",
    service="城乡居民养老保险参保登记",
    waiting=3,
    estimate_minutes=12,
    issued_at=datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")),
    qr="A001",
    notice="过号请到服务台",
)


def idle(plan: dict[str, Any]) -> dict[str, Any]:
    """CPU seconds of this process while its owners watch and nobody wants anything."""
    owners = [
        registry.make_owner(f"p{number}", one["driver"], one["options"])
        for number, one in enumerate(plan["peripherals"])
    ]
    for owner in owners:
        owner.start()
    deadline = time.monotonic() + 15
    while any(owner.health.state is State.STARTING for owner in owners):
        if time.monotonic() > deadline:
            raise TimeoutError("not all peripherals came up")
        time.sleep(0.05)
    time.sleep(SETTLE_S)
    cpu_s, begun = time.process_time(), time.monotonic()
    time.sleep(plan["seconds"])
    used_s, seconds = time.process_time() - cpu_s, time.monotonic() - begun
    states = {owner.id: owner.health.state.value for owner in owners}
    for owner in owners:
        owner.stop()
    return {"cpu_s": used_s, "seconds": seconds, "states": states}


def read(plan: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds of each read. Asks for no card, looks that there is none, asks for the next."""
    spec = registry.spec_of(plan["driver"])
    device = spec.open(registry.check(plan["driver"], plan["options"]))
    times_ms = []
    for _ in range(plan["count"]):
        _ask_for("lift")
        device.status()  # a card must be seen to be lifted before the next one is read
        _ask_for("lay")
        begun = time.monotonic()
        device.read(10, lambda: False)
        times_ms.append((time.monotonic() - begun) * 1000)
    device.close()
    return {"times_ms": times_ms}


def _ask_for(hand: str) -> None:
    print(hand, flush=True)
    sys.stdin.readline()


def print_slips(plan: dict[str, Any]) -> dict[str, Any]:
    """When each slip was given to the driver, by the machine's monotonic clock."""
    spec = registry.spec_of(plan["driver"])
    device = spec.open(registry.check(plan["driver"], plan["options"]))
    begun = []
    for _ in range(plan["count"]):
        begun.append(time.monotonic())
        result = device.print_slip(SLIP)
        if result.outcome is not PrintOutcome.PRINTED:
            raise RuntimeError(f"{result.outcome.value}: {result.reason}")
    device.close()
    return {"begun": begun}


def main() -> None:
    """Carry out the plan."""
    log.configure("warning")
    plan = json.loads(sys.argv[1])
    work = {"idle": idle, "read": read, "print": print_slips}[plan["do"]]
    print(json.dumps(work(plan)))


if __name__ == "__main__":
    main()
