"""Asks the drivers' own harmless questions at a place that nobody uses, until one is sure."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import structlog

from drivers import registry
from drivers.bounded import OverdueError, run_bounded
from drivers.discovery.found import Found, Medium, Note, as_told
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Belief, DriverSpec
from drivers.saying import told_by
from drivers.transports import FileOptions, SerialOptions, TcpOptions, open_transport

log = structlog.get_logger()

# By harmlessness: a status request that all others ignore, then frames that a printer would print,
# last what a printer takes for text. Models of others come after ours.
ORDER = ("escpos", "sdt_reader", "modbus_digits", "onbon_bx", "", "serial_scanner")
NEVER_PRINTED = ("escpos",)  # whose questions a slip printer without status leaves unanswered
USUAL_SPEEDS = (9600, 115200)
GRACE_S = 3.0  # one question under way when the limit is over
Tell = Callable[[str], None]  # hears which question is being asked


def ask(found: Found, limit_s: float, tell: Tell) -> Found:
    """`found` with what its answers make us believe, after `limit_s` seconds at most.

    Its options say where it is. A driver stuck in the system does not hold up the scan.
    """
    end = time.monotonic() + limit_s
    try:
        return run_bounded(lambda: _ask(found, end, tell), limit_s + GRACE_S, found.place)
    except OverdueError:
        return _but(found, Note("scan.stuck"))


def askable() -> list[DriverSpec]:
    """Drivers that can ask, in the order in which they may."""
    specs = []
    for name in registry.names():
        try:
            specs.append(registry.spec_of(name))
        except Exception as e:  # noqa: BLE001 - others' code
            log.warning("scan.driver_broken", driver=name, error=repr(e))
    return sorted((spec for spec in specs if spec.probe is not None), key=_rank)


def _rank(spec: DriverSpec) -> tuple[int, str]:
    return ORDER.index(spec.name if spec.name in ORDER else ""), spec.name


def _ask(found: Found, end: float, tell: Tell) -> Found:
    unsure: Found | None = None
    failed: dict[str, None] = {}  # names of drivers, in order
    specs, kept_back = _fitting(found)
    for spec, options in _questions(found, specs):
        if time.monotonic() > end:
            break
        speed = f" {options.baud}" if isinstance(options, SerialOptions) else ""
        tell(f"{spec.name}{speed}")
        try:
            belief = _believe(spec, options)
            believed = _with(found, spec, belief, options) if belief is not None else None
        except PeripheralError as e:
            return unreachable(found, e)
        except Exception:  # others' code: the scan goes on without this driver
            log.exception("scan.driver_failed", driver=spec.name)
            failed[spec.name] = None
            continue
        if believed is not None and believed.sure:
            return believed
        unsure = unsure or believed
    return unsure or _unknown(found, failed, kept_back)


def _fitting(found: Found) -> tuple[list[DriverSpec], list[DriverSpec]]:
    """The drivers to ask there; those that could be meant and whose question might be printed.

    At a port that is some driver's usual one, that driver asks. Of those kept back, first who has
    a TCP port of its own: others are behind a serial server there, if at all.
    """
    specs = askable()
    if found.medium is Medium.USB:
        return [spec for spec in specs if spec.name == found.driver], []
    if found.medium is Medium.SERIAL:
        return [spec for spec in specs if "port" in spec.options.model_fields], []
    ports = {
        spec.name: spec.options.model_fields["tcp_port"].default
        for spec in specs
        if "tcp_port" in spec.options.model_fields
    }
    usual = [spec for spec in specs if ports.get(spec.name) == found.options["tcp_port"]]
    if usual:
        return usual, []
    safe = [spec for spec in specs if spec.name in ports and spec.name in NEVER_PRINTED]
    kept_back = [spec for spec in specs if spec.name in ports and spec not in safe]
    return safe, sorted(kept_back, key=lambda spec: ports[spec.name] is None)


def _questions(found: Found, specs: Iterable[DriverSpec]) -> Iterator[tuple[DriverSpec, Any]]:
    """Each question: whose it is, and how the port is opened for it."""
    where = found.options
    for spec in specs:
        if found.medium is Medium.TCP:
            yield spec, TcpOptions(**where)
        elif found.medium is Medium.USB:
            yield spec, FileOptions(file=where["file"])
        else:
            for speed in spec.speeds or USUAL_SPEEDS:
                yield spec, SerialOptions(port=where["port"], baud=speed)


def _believe(spec: DriverSpec, options: Any) -> Belief | None:
    assert spec.probe is not None
    transport = open_transport(options)
    try:
        return spec.probe(transport)
    except PeripheralError as e:
        if e.reason in (Reason.LOST, Reason.NO_DEVICE, Reason.BUSY):
            raise
        return None
    finally:
        transport.close()


def _with(found: Found, spec: DriverSpec, belief: Belief, options: Any) -> Found:
    told = dict(found.options)
    why = [as_told(belief.why)]
    if isinstance(options, SerialOptions):
        why.append(Note("scan.at_speed", baud=options.baud))
        field = spec.options.model_fields.get("baud")
        if field is not None and field.default != options.baud:
            told["baud"] = options.baud
    told |= belief.options
    return replace(_but(found, *why), driver=spec.name, sure=belief.sure, options=told)


def unreachable(found: Found, error: PeripheralError) -> Found:
    """`found` where nothing could be asked, and why."""
    if error.reason is Reason.BUSY:
        return replace(found, untouched=Note("scan.busy", told=error.detail))
    if error.reason is Reason.LOST:
        return replace(_but(found, as_told(error.detail)), driver=None)
    if found.medium is Medium.TCP:
        why = (Note("scan.nobody", places=found.place), as_told(_cause(error)))
        return replace(found, driver=None, options={}, why=why)
    why_not = Note("scan.not_opened", detail=error.detail)
    return replace(_but(found, why_not), driver=None, options={})


def _cause(error: PeripheralError) -> str:
    """Why a connection was not made, in the system's words where it has any."""
    cause = error.__cause__
    if not isinstance(cause, Exception):
        return error.detail
    return getattr(cause, "strerror", None) or told_by(cause)


def _unknown(found: Found, failed: Iterable[str], kept_back: list[DriverSpec]) -> Found:
    why = [Note("scan.silent"), *(Note("scan.broken", driver=name) for name in failed)]
    if kept_back:
        drivers = ", ".join(spec.name for spec in kept_back)
        first = kept_back[0].name
        why.append(Note("scan.would_print", drivers=drivers, first=first, **found.options))
    driver = found.driver if found.medium is Medium.USB else None  # USB itself said what it is
    return replace(_but(found, *why), driver=driver)


def _but(found: Found, *why: Note) -> Found:
    return replace(found, why=(*found.why, *why))
