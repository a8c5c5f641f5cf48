"""One target in this process: `python -m scripts.fuzz.worker NAME [libFuzzer options] CORPUS`.

The modules of the parser are imported under atheris' instrumentation; libFuzzer's own options give
the number of inputs and the limits of time and memory, and it ends the process.
"""

import importlib
import sys

import atheris


def main() -> None:
    """Fuzz until libFuzzer ends it; exit status 0 when nothing was found."""
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["drivers"]):
        chosen = importlib.import_module("scripts.fuzz.targets").target(name)
    atheris.Setup([sys.argv[0], *options], chosen.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
