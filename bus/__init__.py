"""Everything MQTT: topics, messages, codec, link, outbox, sealing and the broker launcher.

No domain rules live here: the bus does not know what a queue is for.
Start reading at `topics.py`, then `messages.py`, then `link.py`.
"""
