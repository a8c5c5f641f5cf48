"""Identity card readers, one model per file, with what is read off a card.

No transport and no retry policy of the lifecycle here; nothing personal is logged.
Start reading at `sdt_reader.py`.
"""
