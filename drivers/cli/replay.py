"""`hall-devices replay`: play a recording's peripheral until Ctrl-C."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.capture.format import read_capture
from drivers.capture.playback import Replaying, replaying
from drivers.cli.arguments import AsJson
from drivers.cli.output import tell, write
from drivers.cli.run import COMMANDS, Exit, fail
from drivers.errors import PeripheralError
from drivers.registry import spec_of

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
    command = COMMANDS[spec_of(player.driver).kind]
    words = " ".join(f"-o {key}={value}" for key, value in player.options.items())
    write(f"{player.driver} plays as recorded. In another terminal:")
    write(f"  hall-devices {command} {player.driver} {words}")
    write("Ctrl-C ends it.")


def _watch(player: Replaying, ended: threading.Event, as_json: bool) -> None:
    told = 0
    while not ended.wait(LOOK_S) or told < len(player.mismatches):
        for mismatch in player.mismatches[told:]:
            if as_json:
                tell({"ok": False, "mismatch": mismatch})
            else:
                print(f"hall-devices: not as recorded: {mismatch}", file=sys.stderr, flush=True)
            told += 1
