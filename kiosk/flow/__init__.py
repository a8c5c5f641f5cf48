"""Which screen comes next and what was decided, as one pure function: `step`.

No Kivy, no bus, no drivers, no clock, no file: time and results come in as events.
Start reading at `visit.py`, then `events.py`, `effects.py` and `step.py`.
"""
