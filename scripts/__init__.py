"""Set-up, demo, benchmarks and checks: they start the programs as processes.

Nothing of ours imports this folder. Start reading at `demo/__main__.py`.
"""
