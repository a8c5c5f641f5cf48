"""The command `hall-devices`, one command per file; `app.py` is the list of them.

No wire, no layout, no state of its own here: commands ask the registry for a driver and use it.
Start reading at `app.py`, then `read.py` as the model of a command, with `run.py` for the rest.
"""

import sys


def main() -> None:
    """Entry point; without the extra `drivers` it says so in one sentence and leaves with 1."""
    try:
        from drivers.cli.app import main as run
    except ModuleNotFoundError as e:
        if (e.name or "drivers").startswith("drivers"):
            raise
        sys.exit(
            "hall-devices needs the extra 'drivers': pip install 'yukuai-hall[drivers]' "
            f"(there is no {e.name})"
        )
    run()
