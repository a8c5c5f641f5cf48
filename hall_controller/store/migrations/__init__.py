"""Migrations of the store's schema, one file each in `versions/`, oldest first.

Nothing here reads the live tables of `tables.py`: a migration is frozen when it is released.
Start reading at `versions/v0001_first.py`.
"""
