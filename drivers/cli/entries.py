"""Which peripherals a command is about: one named by hand, or all of a configuration file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from drivers import registry
from drivers.clashes import Clash, clashes
from drivers.cli.run import bad_argument, pairs
from drivers.interfaces import DriverSpec
from drivers.saying import saying, told_by
from drivers.settings.peripherals_file import peripherals_in

MaybeDriver = Annotated[
    str | None, typer.Argument(help="Driver name; left out with --all --config FILE.")
]
Everything = Annotated[bool, typer.Option("--all", help="All peripherals of --config.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="A hall's configuration (TOML).")
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One peripheral: as in the configuration, or as on the command line."""

    id: str
    driver: str
    options: dict[str, Any] = field(default_factory=dict)
    simulated: bool = False
    terminal: str = ""  # the kiosk or node that it belongs to

    @property
    def place(self) -> str:
        """The id as people read it: `kiosk-1/reader`."""
        return f"{self.terminal}/{self.id}" if self.terminal else self.id


def chosen(
    driver: str | None, option: list[str], everything: bool, config: Path | None
) -> list[Entry]:
    """The peripherals that the arguments name. Raises BAD_OPTION."""
    if driver is not None and not everything and config is None:
        return [Entry(driver, driver, dict(pairs(option)))]
    if driver is not None or option:
        raise bad_argument(
            saying("name either one DRIVER with --option, or --all with --config FILE")
        )
    if config is None:
        raise bad_argument(saying("name a DRIVER, or give --all --config FILE"))
    return entries_of(config)


def entries_of(config: Path) -> list[Entry]:
    """All peripherals of a configuration file; what else stands in it is not looked at.

    Raises BAD_OPTION.
    """
    found = [_entry(terminal, raw, config) for terminal, raw in peripherals_in(config)]
    if not found:
        raise bad_argument(
            saying("{file} names no peripheral: is it a hall's configuration?", file=config)
        )
    return found


def _entry(terminal: str, raw: dict[str, Any], config: Path) -> Entry:
    driver, options = raw.get("driver"), raw.get("options", {})
    if not isinstance(driver, str) or not isinstance(options, dict):
        raise bad_argument(
            saying(
                "{file}: peripheral {id!r} has no driver or odd options",
                file=config, id=raw.get("id"),
            )
        )  # fmt: skip
    simulated = raw.get("simulated") is True
    return Entry(str(raw.get("id", driver)), driver, options, simulated, terminal)


def clashing(entries: list[Entry]) -> dict[int, Clash]:
    """Those that cannot work beside an earlier one, by their number in `entries`."""
    rows = [
        (entry.terminal, {"id": entry.id, "driver": entry.driver, "options": entry.options,
                          "simulated": entry.simulated})
        for entry in entries
    ]  # fmt: skip
    return {clash.at: clash for clash in clashes(rows)}


@contextmanager
def reached(entry: Entry) -> Iterator[tuple[DriverSpec, BaseModel]]:
    """The driver and its checked options; a simulated peripheral plays meanwhile.

    Raises BAD_OPTION.
    """
    spec = registry.spec_of(entry.driver)
    if not entry.simulated:
        yield spec, registry.check(entry.driver, entry.options)
        return
    from drivers import sim

    try:
        simulator = sim.start(entry.driver)
    except (ValueError, OSError) as e:
        raise bad_argument(
            saying("{driver} cannot be simulated here: {why}", driver=entry.driver, why=told_by(e))
        ) from e
    try:
        kept = {key: value for key, value in entry.options.items() if key not in registry.WHERE}
        yield spec, registry.check(entry.driver, {**kept, **simulator.options})
    finally:
        simulator.stop()
