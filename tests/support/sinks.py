"""Where alerts arrive in tests: a real SMTP server and a real HTTP server on loopback."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from oddsline.embedded.program import free_port


@dataclass
class Sinks:
    """What arrived, and the URLs under which apprise reaches the two."""

    mail_url: str
    http_url: str
    mails: list[str] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    status: int = 200  # of the HTTP sink; 0 = it hangs up without an answer

    @property
    def urls(self) -> str:
        return f"{self.mail_url},{self.http_url}"

    def posted(self, text: str) -> int:
        """How many posts say it."""
        return sum(text in one["title"] + one["message"] for one in self.posts)

    def mailed(self, text: str) -> int:
        """How many mails say it."""
        return sum(text in one for one in self.mails)

    def until_told(self, text: str, seconds: float = 90) -> None:
        """Wait until both have it."""
        until(lambda: bool(self.posted(text) and self.mailed(text)), seconds, text)


def until(true: Callable[[], bool], seconds: float = 30, what: str = "it") -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.1)


class _Mails(MessageHandler):
    def __init__(self, sinks: Sinks) -> None:
        super().__init__()
        self._sinks = sinks

    def handle_message(self, message: Message) -> None:
        parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
        bodies = [part.get_payload(decode=True) for part in parts]
        text = "\n".join(body.decode() for body in bodies if isinstance(body, bytes))
        self._sinks.mails.append(f"{message['Subject']}\n{text}")


@contextmanager
def sinks() -> Iterator[Sinks]:
    """Both, while the block runs."""
    smtp_port, http_port = free_port(), free_port()
    made = Sinks(
        f"mailto://127.0.0.1:{smtp_port}/?from=line@oddsline.test&to=ops@oddsline.test&mode=insecure",
        f"json://127.0.0.1:{http_port}/alerts",
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if made.status == 200:
                made.keys.append(self.headers["Idempotency-Key"])
                made.posts.append(body)
            if made.status:
                self.send_response(made.status)
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", http_port), Handler)
    mail = Controller(_Mails(made), hostname="127.0.0.1", port=smtp_port)
    mail.start()
    thread = threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        mail.stop()
        web.shutdown()
        web.server_close()
        thread.join()
