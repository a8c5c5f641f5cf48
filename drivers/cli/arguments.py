"""Arguments that several commands of `hall-devices` take."""

from typing import Annotated

import typer

Driver = Annotated[str, typer.Argument(help="Driver name, e.g. sdt_reader, escpos, onbon_bx.")]
Options = Annotated[
    list[str],
    typer.Option("--option", "-o", metavar="KEY=VALUE", help="Option of the driver; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
Seconds = Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds at most.")]

GRACE_S = 1.0  # what a command gives its driver beyond the time that was asked for
