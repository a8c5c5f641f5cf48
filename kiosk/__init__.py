"""The kiosk (自助终端): the touchscreen where a citizen takes a number.

No queue rules live here, and `hall_controller` is never imported; decisions stand in `flow/` alone.
Start reading at `flow/step.py`, then `app.py`, then `screens/`.
"""

import sys

if not {"rich", "structlog"} & sys.modules.keys():
    # structlog would import Rich, for coloured consoles: 40 ms before the first picture.
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
