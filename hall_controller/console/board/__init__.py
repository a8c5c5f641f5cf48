"""The TV board: one plain page fed by server-sent events, made to run for weeks.

No NiceGUI, no framework, nothing personal: only what `stream.py` puts in a picture.
Start reading at `stream.py`, then `board.js`.
"""
