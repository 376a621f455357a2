"""A Sentry for tests: a real HTTP server on loopback that keeps the events it is sent."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Tracker:
    """What arrived, and the DSN that reaches it."""

    dsn: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


@contextmanager
def tracker() -> Iterator[Tracker]:
    """Serve while the block runs."""
    kept = Tracker()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            kept.raw.append(body.decode())
            kept.events.extend(_events(body))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.dsn = f"http://public@127.0.0.1:{server.server_port}/1"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


def _events(envelope: bytes) -> Iterator[dict[str, Any]]:
    """The items of an envelope that are events: a header line, then item headers and payloads."""
    _, *lines = envelope.splitlines()
    for header, payload in zip(lines[::2], lines[1::2], strict=False):
        if json.loads(header).get("type") == "event":
            yield json.loads(payload)
