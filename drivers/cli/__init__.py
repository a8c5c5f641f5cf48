"""The command `hall-devices`, one command per file; `app.py` is the list of them.

No wire, no layout, no state of its own here: commands ask the registry for a driver and use it.
Start reading at `app.py`, then `read.py` as the model of a command, with `run.py` for the rest.
"""

from drivers.cli.app import main

__all__ = ["main"]
