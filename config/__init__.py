"""Settings: schema, loader, layered defaults, examples, and the catalogue data of the project.

Imports nothing of ours. Start reading at `schema.py`, then `loader.py`.
"""

import os

# Pydantic looks through every installed package for plugins, 20 ms of each start; none is used.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
