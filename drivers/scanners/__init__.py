"""Bar and QR code scanners, one model per file; a model's helper files carry its name as prefix.

No meaning of codes here (tickets, health codes), no reconnecting (`lifecycle.py`).
Start reading at `serial_scanner.py`; what all models share is `code_text.py` and `waiting.py`.
"""
