"""All benchmarks: each measures the real programs and gives rows of one table.

No fakes, and no test's assertions: what must always hold is tested under `tests/`.
Start reading at `__main__.py`, then `row.py`.
"""
