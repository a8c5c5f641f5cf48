"""Ticket printers, one model per file; a model's helper files carry its name as prefix.

No layout of papers here (`papers/`), no reconnecting (`lifecycle.py`).
Start reading at `escpos.py`.
"""
