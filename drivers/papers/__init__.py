"""What is printed, as data, and how it is laid out, apart from any printer.

No printer bytes here. Start reading at `slip.py`.
"""
