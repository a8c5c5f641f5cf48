"""A morning played through the real rules and store before the hall opens."""

import json
import uuid
from pathlib import Path

import pytest

from config.loader import load
from hall_controller import commands as c
from hall_controller.errors import StoreError
from hall_controller.offline import OfflineHall
from tests.hall.floor import PERSON, SITE, write_settings

NINE = 1_795_482_000_000  # 2026-11-24 09:00 in Shanghai
MINUTE = 60_000


def command(act: c.Act, actor: c.Actor, at_ms: int) -> c.Command:
    return c.Command(act=act, actor=actor, site=SITE, request_id=str(uuid.uuid4()), sent_ms=at_ms)


def test_an_hour_of_history_stands_in_the_store(tmp_path: Path) -> None:

    settings = load(write_settings(tmp_path))
    data_dir = settings.controller.data_dir
    kiosk = c.Actor(c.Role.TERMINAL, "kiosk-1")
    li = c.Actor(c.Role.CLERK, "clerk:li")
    person = json.dumps(PERSON).encode()
    with OfflineHall(settings, data_dir, NINE) as hall:
        hall.run(command(c.OpenWindow(window="1"), li, NINE), NINE)
        for minute in range(10):
            at_ms = NINE + minute * MINUTE
            issued = hall.run(
                command(c.IssueTicket(queue="general", person=person), kiosk, at_ms), at_ms
            )
            assert issued.ticket is not None
            assert (issued.ticket.number, issued.ticket.issued_ms) == (f"A{minute + 1:03}", at_ms)
        for minute in range(10, 13):
            called = hall.run(command(c.CallNext(window="1"), li, 0), NINE + minute * MINUTE)
            assert called.outcome == "done"
            hall.run(command(c.StartServing(window="1"), li, 0), NINE + minute * MINUTE + 1)
        view = hall.view()
        with pytest.raises(StoreError):
            OfflineHall(settings, data_dir, NINE)
    assert [ticket.number for ticket in view.queues[0].waiting] == [
        f"A{n:03}" for n in range(4, 11)
    ]
    assert {ticket.person for ticket in view.queues[0].waiting} == {"测**"}
    with OfflineHall(settings, data_dir, NINE + 60 * MINUTE) as hall:
        again = hall.view()
        assert again.queues == view.queues
        assert again.windows == view.windows
        assert again.calls == view.calls


def test_a_bad_command_is_refused_like_at_work(tmp_path: Path) -> None:
    settings = load(write_settings(tmp_path))
    stranger = c.Actor(c.Role.TERMINAL, "stranger")
    with OfflineHall(settings, settings.controller.data_dir, NINE) as hall:
        refused = hall.run(command(c.IssueTicket(queue="general"), stranger, NINE), NINE)
        assert refused.refusal == "not_allowed"


def test_a_new_day_begins_with_number_one(tmp_path: Path) -> None:
    settings = load(write_settings(tmp_path))
    kiosk = c.Actor(c.Role.TERMINAL, "kiosk-1")
    with OfflineHall(settings, settings.controller.data_dir, NINE) as hall:
        for day in range(2):
            at_ms = NINE + day * 24 * 60 * MINUTE
            given = hall.run(command(c.IssueTicket(queue="general"), kiosk, at_ms), at_ms).ticket
            assert given is not None
            assert given.number == "A001"
            assert len(hall.view().queues[0].waiting) == 1
