"""The small set of things that screens are made of: text, surface, button, tile, picture, ring.

No decision, no flow step, no blocking call, no word of any language, no literal colour or size.
Start reading at `sheet.py`: it is what a screen draws with.
"""
