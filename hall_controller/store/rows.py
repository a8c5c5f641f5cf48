"""Between the structs of the core and the rows of the tables: fields are columns, one for one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Connection, Table, func, select

from hall_controller.core.state import CALLS_KEPT, Call, HallState, Peripheral, Terminal
from hall_controller.core.tickets import AT_A_WINDOW, Ticket
from hall_controller.core.windows import Window
from hall_controller.store.engine import upsert
from hall_controller.store.tables import (
    calls,
    peripherals,
    terminals,
    tickets,
    tombstones,
    windows,
)
from hall_controller.store.touched import Touched

_Row = TypeVar("_Row", bound=msgspec.Struct)


def write(connection: Connection, site: str, state: HallState, touched: Touched) -> None:
    """Bring the rows of everything in `touched` to what `state` says now."""
    found = [
        state.tickets[ticket_id] for ticket_id in touched.tickets if ticket_id in state.tickets
    ]
    upsert(connection, tickets, (asdict(ticket) | {"site": site} for ticket in found))
    upsert(connection, calls, (asdict(call) | {"site": site} for call in touched.calls(state)))
    upsert(connection, windows, (_window_row(site, state.window(w)) for w in touched.windows))
    known = [state.terminals[name] for name in touched.terminals if name in state.terminals]
    upsert(connection, terminals, (_terminal_row(site, terminal) for terminal in known))
    upsert(connection, peripherals, (row for terminal in known for row in _parts(site, terminal)))
    upsert(
        connection,
        tombstones,
        (
            {"request_id": request_id, "site": site, "at_ms": state.withdrawn[request_id]}
            for request_id in touched.withdrawn
        ),
    )


def load(connection: Connection, site: str, since_day: str) -> HallState:
    """The live state of a site: everything of `since_day` and later, and what is at a window."""
    own = tickets.c.site == site
    live = (tickets.c.business_day >= since_day) | tickets.c.state.in_(AT_A_WINDOW)
    last = select(tickets.c.queue, tickets.c.business_day, func.max(tickets.c.sequence))
    newest = (
        select(calls)
        .where(calls.c.site == site)
        .order_by(calls.c.at_ms.desc(), calls.c.call_id.desc())
    )
    withdrawn = select(tombstones.c.request_id, tombstones.c.at_ms).where(tombstones.c.site == site)
    return HallState.load(
        tickets=_structs(connection.execute(select(tickets).where(own & live)).mappings(), Ticket),
        next_sequence={
            (queue, day): sequence + 1
            for queue, day, sequence in connection.execute(
                last.where(own & (tickets.c.business_day >= since_day)).group_by(
                    tickets.c.queue, tickets.c.business_day
                )
            )
        },
        windows=_structs(_all(connection, windows, site), Window),
        terminals=_terminals(connection, site),
        calls=reversed(_structs(connection.execute(newest.limit(CALLS_KEPT)).mappings(), Call)),
        withdrawn={row.request_id: row.at_ms for row in connection.execute(withdrawn)},
    )


def _parts(site: str, terminal: Terminal) -> Iterator[dict[str, Any]]:
    """Rows of its peripherals. None is ever deleted: one that is gone is reported as stopped."""
    place = {"site": site, "terminal": terminal.id}
    for position, peripheral in enumerate(terminal.peripherals):
        yield asdict(peripheral) | place | {"position": position}


def _window_row(site: str, window: Window) -> dict[str, Any]:
    last_act = asdict(window.last_act) if window.last_act else None
    return asdict(window) | {"site": site, "last_act": last_act}


def _terminal_row(site: str, terminal: Terminal) -> dict[str, Any]:
    row = asdict(terminal) | {"site": site, "past_runs": list(terminal.past_runs)}
    del row["peripherals"]
    return row


def _terminals(connection: Connection, site: str) -> list[Terminal]:
    parts: dict[str, list[Mapping[Any, Any]]] = {}
    for row in sorted(_all(connection, peripherals, site), key=lambda r: r["position"]):
        parts.setdefault(row["terminal"], []).append(row)
    return [
        msgspec.convert(
            _plain(row) | {"peripherals": _structs(parts.get(row["id"], ()), Peripheral)}, Terminal
        )
        for row in _all(connection, terminals, site)
    ]


def _all(connection: Connection, table: Table, site: str) -> list[Mapping[Any, Any]]:
    return list(connection.execute(select(table).where(table.c.site == site)).mappings())


def _structs(rows: Iterable[Mapping[Any, Any]], kind: type[_Row]) -> list[_Row]:
    return [msgspec.convert(_plain(row), kind) for row in rows]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """SQLAlchemy's names of columns like `window` are a kind of string that msgspec refuses."""
    return {str(name): value for name, value in row.items()}
