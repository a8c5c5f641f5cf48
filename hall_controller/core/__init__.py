"""The pure rules of the hall: tickets, calling, waiting, windows, presence, what the public sees.

No I/O, SQL, MQTT or clock reads live here: time is an argument, ids come from a given function.
Start reading at `decide.py` (command in, facts and answer out), then `state.py` and `apply.py`.
"""
