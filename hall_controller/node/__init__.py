"""Displays and sound of a hall PC: panels show their window's retained topic, calls are said.

Neither queue rules nor SQL here: a node only draws, and says how its peripherals are.
Start reading at `node.py`; `texts.py` and `panels.py` are about panels, `voice.py` about sound.
"""
