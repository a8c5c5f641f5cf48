"""What the citizen sees: one file a screen, drawn from a `Visit`; touches go out as flow events.

No decision, no blocking call, no bus, no driver, and no literal colour, size or sentence.
Start reading at `stage.py`, then `page.py`, then any screen.
"""
