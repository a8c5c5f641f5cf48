"""Queue displays at windows, one model per file; helper files carry the model's name as prefix.

No decision what to show here, no reconnecting in the background (`lifecycle.py`).
Start reading at `alpha_sign.py`; all share `place.py`, `substitution.py`, mute ones `mute.py`.
"""
