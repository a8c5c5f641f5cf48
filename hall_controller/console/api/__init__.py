"""What machines ask over HTTP: health and metrics.

No pages and no rules here. Start reading at `health.py`.
"""
