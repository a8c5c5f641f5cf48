"""The core may not import the bus; so a test holds their words together."""

from bus import messages
from hall_controller.core import issuing, presence, refusals
from hall_controller.core.windows import WindowState


def test_refusals_are_those_of_the_bus() -> None:
    ours = {name: word for name, word in vars(refusals).items() if name.isupper()}
    assert ours == {refusal.name: refusal.value for refusal in messages.Refusal}


def test_presences_prints_and_windows_too() -> None:
    assert set(messages.PresenceState) == presence.PRESENCES
    assert set(messages.PrintOutcome) == issuing.PRINT_OUTCOMES
    assert set(messages.WindowShows) == set(WindowState)
