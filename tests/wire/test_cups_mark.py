"""Which print job is a leftover of this machine: told by its mark alone."""

import os
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.cups_mark import Mark, in_hand, is_leftover, parse


@pytest.fixture
def mine() -> Mark:
    with in_hand() as mark:
        assert not is_leftover(str(mark))
    return mark


def test_a_print_of_ours_that_was_given_up(mine: Mark) -> None:
    assert is_leftover(str(mine))
    with in_hand() as another:
        assert is_leftover(str(mine))
        assert not is_leftover(str(another))


def test_another_machine_of_the_same_name_has_none_of_ours(mine: Mark) -> None:
    other = replace(mine, machine="0123456789ab")
    assert not is_leftover(str(other))
    assert not is_leftover(str(replace(other, boot="01234567", pid=2**22 + 1)))
    assert not is_leftover(f"{mine.pid}@{os.uname().nodename}")


def test_after_a_boot_the_process_number_says_nothing(mine: Mark) -> None:
    with in_hand() as mark:
        assert is_leftover(str(replace(mark, boot="01234567")))


def test_another_process_lives_or_not(mine: Mark) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        with open(f"/proc/{other.pid}/stat") as stat:
            start = int(stat.read().rpartition(")")[2].split()[19])
        theirs = replace(mine, pid=other.pid, start=start)
        assert not is_leftover(str(theirs))
        assert is_leftover(str(replace(theirs, start=start - 1))), "the number was given out anew"
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert is_leftover(str(theirs)), "dead, and its parent has not looked yet"
    assert is_leftover(str(theirs))


@given(st.text(max_size=80) | st.lists(st.from_regex(r"[0-9a-z²]{0,25}"), max_size=6).map(".".join))
def test_any_title_is_somebody_elses(text: str) -> None:
    assert not is_leftover(text)
    mark = parse(text)
    assert mark is None or parse(str(mark)) == mark
