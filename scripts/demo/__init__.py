"""The whole hall on one machine, with simulated peripherals, for people and for proof.

Starts the real programs as processes; judges by what the simulators received.
Start reading at `__main__.py`, then `hall.py`.
"""
