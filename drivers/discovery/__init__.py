"""What is attached to this machine, what it is believed to be, and the settings to use it.

No wire of any model here: drivers ask their own questions (`DriverSpec.probe`). No simulators.
Start reading at `scan.py`, which goes from places to beliefs.
"""
