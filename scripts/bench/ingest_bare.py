"""The bare side of `ingest`: paho as it comes, acknowledging by itself; its callback counts."""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bus import topics
from bus.settings import LinkSettings
from scripts.bench.ingest import connect


def main(link_file: Path, client_id: str, expected: int) -> dict[str, float]:
    """Drain `expected` messages; seconds and CPU seconds from the connection on."""
    done = threading.Event()
    left = expected
    begun = [0.0, 0.0]

    def on_connect(client: Any, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        begun[:] = [time.monotonic(), time.process_time()]
        client.subscribe(topics.everywhere(topics.HEALTH), qos=1)

    def on_message(_client: Any, _data: Any, _message: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    client = connect(LinkSettings.load(link_file), client_id, clean=False)
    client.on_connect, client.on_message = on_connect, on_message
    client.loop_start()
    if not done.wait(120):
        raise SystemExit(f"{left} of {expected} messages did not come")
    seconds, cpu_s = time.monotonic() - begun[0], time.process_time() - begun[1]
    client.disconnect()
    client.loop_stop()
    return {"messages": expected, "seconds": seconds, "cpu_s": cpu_s}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
