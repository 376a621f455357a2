"""uvicorn's HTTP protocol, which asks for an answer at once before it starts a task.

A kept answer then costs a parse, a look-up and a write; docs/adr/0005 has what that is worth.
Like the socket's wire this reaches into a class that is no public interface of uvicorn's, so
`api.socket.wire.check_version` guards both.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: A whole response but for the server's own headers, or None: the app has to be asked.
Quick = Callable[[Mapping[str, Any]], bytes | None]


class Http(HttpToolsProtocol):
    """One connection's protocol."""

    quick: ClassVar[Quick | None] = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        quick = type(self).quick
        plain = cycle.keep_alive and not (self.flow.write_paused or self.expect_100_continue)
        told = quick(cycle.scope) if quick is not None and plain else None
        if told is None:
            super()._start_asgi_task(cycle, app)
            return
        end = told.index(b"\r\n") + 2
        dated = [b"%b: %b\r\n" % header for header in cycle.default_headers]
        self.transport.write(b"".join((told[:end], *dated, told[end:])))
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()


def protocol(quick: Quick) -> type[Http]:
    """The protocol class of one service."""
    return type("QuickHttp", (Http,), {"quick": staticmethod(quick)})
