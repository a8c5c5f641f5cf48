"""The web: console for clerks, TV board for the waiting room, health and metrics.

Reads pictures (`views.py`) and sends commands through `port.py`; no SQL, no MQTT, no rules.
Start reading at `app.py`, then `live.py` (pictures), `pages/` (clerks), `board/` (waiting room).
"""
