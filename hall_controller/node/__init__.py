"""The displays of a hall PC: each panel shows what the retained topic of its window says.

Neither queue rules nor SQL here: a node only draws, and says how its peripherals are.
Start reading at `node.py`; `texts.py` says what a panel shows, `panels.py` how it gets there.
"""
