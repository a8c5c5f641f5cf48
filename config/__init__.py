"""Settings: schema, loader, layered defaults, examples, and the catalogue data of the project.

Imports nothing of ours. Start reading at `schema.py`, then `loader.py`.
"""
