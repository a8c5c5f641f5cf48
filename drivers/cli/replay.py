"""`hall-devices replay`: play a recording's peripheral until Ctrl-C."""

import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.capture.format import read_capture
from drivers.capture.playback import Replaying, replaying
from drivers.cli.arguments import AsJson
from drivers.cli.output import complain, tell, write
from drivers.cli.run import Exit, fail
from drivers.cli.sim import command_for
from drivers.cli.wording import language
from drivers.errors import PeripheralError
from drivers.words import say

LOOK_S = 0.1


def replay(
    file: Annotated[Path, typer.Argument(help="A recording of hall-devices record.")],
    link: Annotated[Path | None, typer.Option(help="Path for the PTY; a temporary one.")] = None,
    tcp_port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 0,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="2: twice as fast.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Play the peripheral of a recording: wait for the recorded questions, give the answers.

    Exit status 1 when the driver said something else than in the recording.

    Example: hall-devices replay reader.jsonl --link /tmp/reader
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    place: dict[str, Any] = {"link": link} if link else {}
    place |= {"tcp_port": tcp_port} if tcp_port else {}
    try:
        header = read_capture(file).header
        with replaying(file, speed=speed, **place) as player:
            _introduce(player, header.masked, as_json)
            _watch(player, ended, as_json)
    except PeripheralError as e:
        fail(as_json, e)
    raise typer.Exit(int(Exit.FAILED if player.mismatches else Exit.DONE))


def _introduce(player: Replaying, masked: bool, as_json: bool) -> None:
    if as_json:
        told = {"ok": True, "driver": player.driver, "options": player.options, "masked": masked}
        tell(told)
        return
    lang = language()
    write(say("replay.plays", lang, driver=player.driver))
    write(f"  {command_for(player.driver, player.options)}")
    write(say("end", lang))


def _watch(player: Replaying, ended: threading.Event, as_json: bool) -> None:
    told = 0
    while not ended.wait(LOOK_S) or told < len(player.mismatches):
        for mismatch in player.mismatches[told:]:
            if as_json:
                tell({"ok": False, "mismatch": mismatch})
            else:
                odd = say("replay.odd", language(), mismatch=mismatch)
                complain(odd)
            told += 1
