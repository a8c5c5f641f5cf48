"""What the desk takes from the kiosk (ADR 0011): its sentences, and no screen with them."""

import subprocess
import sys
from typing import Any

import pytest

from drivers import registry
from drivers.errors import PeripheralError, Reason
from drivers.saying import saying
from kiosk import i18n
from scripts.demo.desk_outcome import outcome


@pytest.mark.parametrize(("language", "key"), [("zh", "card.lifted"), ("en", "card.lifted")])
def test_a_citizen_reads_on_the_desk_what_the_kiosk_says(language: Any, key: str) -> None:
    lifted = PeripheralError(Reason.CARD_REMOVED, "lifted")
    told = outcome(lifted, registry.spec_of("sdt_reader"))
    assert told["words"][language]["citizen"] == i18n.words(language)(key)


def test_what_the_driver_said_stands_there_in_both_languages() -> None:
    told = outcome(
        PeripheralError(Reason.SILENT, saying("no answer in time")), registry.spec_of("sdt_reader")
    )
    assert told["detail"]["en"] == "no answer in time"
    assert not told["detail"]["zh"].isascii()


def test_the_desk_loads_no_screen() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, scripts.demo.desk_outcome; print(*sys.modules)"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout.split()  # fmt: skip
    assert "kiosk.cards" in loaded
    assert not [name for name in loaded if name.partition(".")[0] in ("kivy", "hall_controller")]
