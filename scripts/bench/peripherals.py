"""What the drivers cost: a slip to its last byte, a card against its bare wire time, idle CPU.

Simulators run here, drivers in a process of their own (`peripheral_host.py`).
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from drivers import sim
from drivers.sim import Simulator
from scripts.bench.row import Row, at_most, median, spread
from scripts.bench.work import Bench, BenchError, run_part

SLIPS = 30
CARDS = 20
BAUD = 115200
BITS_PER_BYTE = 10  # start, eight data, stop
IDLE_S = 20.0
IDLE = (
    "sdt_reader", "serial_scanner", "escpos", "onbon_bx",
    "alpha_sign", "cd5220", "modbus_digits", "speaker",
)  # fmt: skip
CUT = b"\x1d\x56"


def run(_folder: Path, say: Callable[[str], None], wanted: frozenset[str]) -> Iterable[Row]:
    """Each row by itself."""
    if wanted & {"slip_text_last_byte_ms", "slip_raster_last_byte_ms"}:
        yield from slips(say)
    if "id_read_ratio" in wanted:
        yield id_read(say)
    if "idle_cpu_percent" in wanted:
        yield idle(say)


def slips(say: Callable[[str], None]) -> list[Row]:
    """From the slip as data to the arrival of its last byte (the cut) at the printer's port."""
    text_ms = _slip_ms({})
    raster_ms = _slip_ms({"text": "raster", "qr": "raster"})
    say(f"a slip's last byte after {median(text_ms):.1f} ms, as a picture {median(raster_ms):.1f}")
    text, raster = median(text_ms), median(raster_ms)
    return [
        Row("slip_text_last_byte_ms", text, "ms", note=spread(text_ms)),
        Row("slip_raster_last_byte_ms", raster, "ms", baseline=text, ratio=raster / text,
            note=spread(raster_ms)),
    ]  # fmt: skip


def _slip_ms(options: dict[str, Any]) -> list[float]:
    printer = sim.start("escpos")
    try:
        plan = {"do": "print", "driver": "escpos", "count": SLIPS + 2}
        plan["options"] = {**printer.options, **options}
        done = run_part("peripheral_host", json.dumps(plan))
        begun = done["begun"][2:]  # the first two pay for imports and fonts
        return [(at - start) * 1000 for at, start in zip(_cuts(printer), begun, strict=True)]
    finally:
        printer.stop()


def _cuts(printer: Simulator) -> list[float]:
    """When the last bytes of the measured slips arrived."""
    cuts = [at for at, data in printer.arrivals if CUT in data]
    if len(cuts) != SLIPS + 2:
        raise BenchError(f"{len(cuts)} cuts of {SLIPS + 2} slips arrived")
    return cuts[2:]


def id_read(say: Callable[[str], None]) -> Row:
    """One read, card lying there, against the bare time of its bytes at 115200 8N1.

    The simulator sends no faster than the line would; what it takes to receive our questions (30
    bytes of 1,400) is counted as wire time too.
    """
    reader = sim.start("sdt_reader", paced=True)
    sent = _count_sent(reader)
    plan = {"do": "read", "driver": "sdt_reader", "count": CARDS, "options": reader.options}
    command = [sys.executable, "-m", "scripts.bench.peripheral_host", json.dumps(plan)]
    begun: list[int] = []  # bytes over the line until each card was laid
    done: list[int] = []  # and until the one before it was read
    times_ms: list[float] = []
    try:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as host:
            assert host.stdin is not None
            assert host.stdout is not None
            for line in host.stdout:
                if line.startswith("{"):
                    times_ms = json.loads(line)["times_ms"]
                    break
                reader.control("lift" if line.startswith("lift") else "lay jia")
                if line.startswith("lift"):
                    done.append(_bytes(reader, sent))
                else:
                    begun.append(_bytes(reader, sent))
                print("done", file=host.stdin, flush=True)
        done.append(_bytes(reader, sent))
    finally:
        reader.stop()
    if len(times_ms) != CARDS:
        raise BenchError("the reading process gave no result")
    total = sum(done[1:]) - sum(begun)
    wire_ms = total / CARDS * BITS_PER_BYTE / BAUD * 1000
    read_ms = median(times_ms)
    say(f"a card in {read_ms:.0f} ms, {wire_ms:.0f} ms of it on the wire")
    return at_most(
        "id_read_ratio", read_ms / wire_ms, "ratio", 1.5,
        baseline=wire_ms, ratio=read_ms / wire_ms, note=f"{spread(times_ms)} ms",
    )  # fmt: skip


def _bytes(reader: Simulator, sent: Callable[[], int]) -> int:
    return len(reader.received) + sent()


def _count_sent(reader: Simulator) -> Callable[[], int]:
    """Count what the simulator sends, at its port."""
    counts: list[int] = []
    send = reader.port.send

    def counted(data: bytes) -> None:
        counts.append(len(data))
        send(data)

    reader.port.send = counted  # type: ignore[method-assign]
    return lambda: sum(counts)


def idle(say: Callable[[str], None]) -> Row:
    """CPU of a process that owns eight peripherals, all well, with nothing to do."""
    simulators = [sim.start(name) for name in IDLE]
    try:
        peripherals = [{"driver": one.name, "options": one.options} for one in simulators]
        plan = {"do": "idle", "seconds": IDLE_S, "peripherals": peripherals}
        done = run_part("peripheral_host", json.dumps(plan))
    finally:
        for one in simulators:
            one.stop()
    percent = 100 * done["cpu_s"] / done["seconds"]
    ready = sum(state == "online" for state in done["states"].values())
    say(f"{len(IDLE)} idle peripherals take {percent:.2f} % of a core")
    return at_most(
        "idle_cpu_percent", percent, "%", 2.0, sound=ready == len(IDLE),
        note=f"{ready} of {len(IDLE)} online, over {IDLE_S:.0f} s",
    )  # fmt: skip


BENCH = Bench(
    ("slip_text_last_byte_ms", "slip_raster_last_byte_ms", "id_read_ratio", "idle_cpu_percent"),
    run,
)
