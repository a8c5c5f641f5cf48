"""How an ESC/POS printer stands, and ways out of an error or of the middle of a command."""

from drivers.errors import PeripheralError, Reason
from drivers.printers.escpos_dialogue import QUESTION_DEADLINE_S, SLICE_S, Dialogue
from drivers.printers.escpos_status import ECHO, Condition
from drivers.saying import saying

CLEAR_BUFFERS = b"\x10\x05\x02"
RETRY = b"\x10\x05\x01"
NULS = bytes(8192)  # end any half command; a printer prints nothing for them
RECOVERY_S = 1.0  # the knife may have to travel home
# A known host's recipe: first wait, then NULs and questions, a round a second.
REVIVAL_S, NULS_S, ROUND_S = 2.0, 10.0, 1.0


def seen(talk: Dialogue) -> Condition:
    """How the printer is. Letters of something else have the bits of a status byte, too."""
    for _ in range(2):  # after noise once more: it was switched on just now, perhaps
        now = talk.condition()
        if now.reason is None or now is ECHO or not talk.disturbed:
            return now
        talk.begin()
    strange = saying("what answers there does not speak ESC/POS")
    return Condition(reason=Reason.GARBLED, detail=strange)


def clear_buffers(talk: Dialogue) -> None:
    """Throw away what the printer still holds of an earlier job."""
    talk.transport.write(CLEAR_BUFFERS, QUESTION_DEADLINE_S)


def recover(talk: Dialogue, before: Condition) -> Condition:
    """Get out of a recoverable error; what was in the buffers is not printed."""
    now = before
    for command in (CLEAR_BUFFERS, RETRY):
        talk.transport.write(command, QUESTION_DEADLINE_S)
        end = talk.now() + RECOVERY_S
        while (now := talk.condition()).reason is not None and talk.now() < end:
            talk.wait(lambda: False, SLICE_S)
        if now.reason is None:
            break
    return now


def revive(talk: Dialogue, nuls_deadline_s: float) -> bool:
    """Bring a printer out of a half command; whether it processes commands again.

    It answers GS r, or gets NULs until it does: they end the picture that it waits for.
    """
    if talk.is_processed(REVIVAL_S):
        return True
    end = talk.now() + NULS_S
    while talk.now() < end:
        begun = talk.now()
        try:
            talk.transport.write(NULS, nuls_deadline_s)
        except PeripheralError as error:
            if error.reason is not Reason.SILENT:
                raise
            return False  # it does not even take them
        # Of a network printer the answer says that it took them: no more may pile up before it.
        took = talk.ask(1, max(0.0, end - talk.now())) is not None
        slow_s = talk.now() - begun if took else 0.0
        if talk.is_processed(ROUND_S + slow_s):
            return True
    return False
