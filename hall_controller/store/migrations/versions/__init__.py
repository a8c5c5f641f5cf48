"""One migration a file; each names the one before it in `down_revision`.

A released migration is never edited; a change of schema is a new file.
Start reading at `v0001_first.py`.
"""
