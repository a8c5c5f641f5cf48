"""The only SQL of the project: what the hall knows, on disk, with its migrations.

No rules live here: what a row means is decided in `core/`; `engine.py` alone knows SQLite.
Start reading at `tables.py`, then `store.py`, whose `commit` is the one way in.
"""
