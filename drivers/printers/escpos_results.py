"""How a job's outcome is put into words, with what to do about it."""

from drivers.errors import Reason
from drivers.interfaces import PrintOutcome, PrintResult
from drivers.printers.advice import LOOK_TICKET
from drivers.printers.escpos_status import Condition
from drivers.saying import Saying, saying, together
from drivers.status import Paper

ADVICE = {
    Reason.PAPER_OUT: saying("Load a new roll of paper."),
    Reason.COVER_OPEN: saying("Close the cover."),
    Reason.PAPER_JAM: saying("Pull the stuck paper out."),
    Reason.GARBLED: saying("Check host, port and baud."),
    Reason.PRINTER_FAULT: saying("Clear the fault at the printer, or switch it off and on."),
}


def printed(paper: Paper) -> PrintResult:
    """The slip came out."""
    low = saying("The paper is nearly used up.") if paper is Paper.LOW else ""
    return PrintResult(PrintOutcome.PRINTED, paper, advice=low)


def not_printed(why: Condition) -> PrintResult:
    """Nothing of it came out, for the condition's reason."""
    assert why.reason is not None
    return PrintResult(PrintOutcome.NOT_PRINTED, why.paper, why.reason.value, _advice(why))


def unsure(why: Condition) -> PrintResult:
    """It may have come out; without a reason nothing is known but that it was not confirmed."""
    reason = why.reason or Reason.UNCONFIRMED
    return PrintResult(
        PrintOutcome.UNSURE, why.paper, reason.value, together(_advice(why), LOOK_TICKET)
    )


def with_missing(result: PrintResult, missing: str) -> PrintResult:
    """The same, naming the characters that came out as 〓, if there are any."""
    if not missing:
        return result
    characters = "".join(dict.fromkeys(missing))
    named = saying("Not in the printer's font, printed as 〓: {characters}", characters=characters)
    advice = together(result.advice, named)
    return PrintResult(result.outcome, result.paper, result.reason, advice)


def _advice(why: Condition) -> str:
    what = ADVICE.get(why.reason, "") if why.reason else ""
    return together(_sentence(why.detail), why.advice or what)


def _sentence(phrase: str) -> str:
    """A phrase as a sentence of its own: the English begins with a capital."""
    said = saying("{phrase}.", phrase=phrase)
    sentence = Saying(said[:1].upper() + said[1:])
    sentence.pieces, sentence.by = said.pieces, said.by
    return sentence
