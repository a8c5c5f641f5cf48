"""`make fuzz`: every parser of bytes from a device, under a coverage-guided fuzzer (atheris).

No parser of its own here; what must hold of each stands here, by kind of device.
Start reading at `targets.py`, then `__main__.py` (a process a target), `worker.py` (that process).
"""
