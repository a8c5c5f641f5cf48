"""What went over a peripheral's wire, on file: recorded without personal data, and played back.

No wire and no protocol of any model: a driver masks its own recordings (`DriverSpec.mask`).
Start reading at `format.py`, then `session.py`; `replaying` makes a test of a recording.
"""

from drivers.capture.playback import replaying

__all__ = ["replaying"]
