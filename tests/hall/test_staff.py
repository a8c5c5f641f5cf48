"""Clerks' PINs: made once, never kept in clear, and not to be guessed."""

from pathlib import Path

import pytest

from config.schema import StaffSettings
from hall_controller.errors import HallError, LockedOut
from hall_controller.port import Clerk
from hall_controller.staff import open_staff

LI, WANG = StaffSettings(id="li", name="李敏"), StaffSettings(id="wang", name="王芳")


def test_pins_are_told_once_and_work_ever_after(tmp_path: Path) -> None:
    staff, pins = open_staff([LI], tmp_path)
    assert staff.clerks == (Clerk("li", "李敏"),)
    assert staff.verify("li", pins["li"])
    assert len(pins["li"]) == 6
    file = (tmp_path / "staff.json").read_text()
    assert pins["li"] not in file
    assert (tmp_path / "staff.json").stat().st_mode & 0o777 == 0o600
    again, more = open_staff([LI, WANG], tmp_path)
    assert set(more) == {"wang"}
    assert again.verify("li", pins["li"])
    assert not again.verify("li", "x")
    assert not again.verify("nobody", pins["li"])


def test_five_wrong_tries_lock_for_half_a_minute(tmp_path: Path) -> None:
    now = [0.0]
    staff, pins = open_staff([LI, WANG], tmp_path, lambda: now[0])
    for _ in range(5):
        assert not staff.verify("li", "wrong")
    with pytest.raises(LockedOut) as caught:
        staff.verify("li", pins["li"])
    assert caught.value.seconds == pytest.approx(30.0)
    assert staff.verify("wang", pins["wang"]), "others go on"
    now[0] = 30.1
    assert staff.verify("li", pins["li"])


def test_a_damaged_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "staff.json").write_text("{")
    with pytest.raises(HallError, match="delete it") as caught:
        open_staff([LI], tmp_path)
    assert "\n" not in caught.value.detail
