"""The hall controller: owns the queues, the tickets and the terminals of its sites.

Pure rules live in `core/`, SQL in `store/`, pages in `console/`, a hall PC's displays in `node/`.
Start reading at `loop.py`: one thread owns all state; `commands.py` and `facts.py` name what
comes in and what is remembered.
"""
