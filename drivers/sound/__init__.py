"""Chime and voice of the waiting room: what is said, how it becomes samples, where they go.

No decision when to call here (the node does that from the retained window).
Start reading at `speaker.py`.
"""
