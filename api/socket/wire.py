"""uvicorn's WebSocket protocol with its transport in reach, so that one frame serves everybody.

The hub builds a frame once and writes the same bytes to each subscriber's transport; uvicorn's
own `send` would frame and copy it anew for each (docs/benchmarks.md has what that costs). The
class is not a public interface of uvicorn's, so `check_version` refuses to start on a release
series it was not tried with.
"""

from typing import Protocol, cast

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

TRIED_WITH = "0.54."
#: Where the ASGI scope's extensions carry the wire.
EXTENSION = "oddsline.wire"
#: After a close frame a peer has this long to take it, then the transport is cut.
CLOSE_S = 5.0


class Listener(Protocol):
    """Who is told how a client takes up its data, and when it is gone."""

    def on_slow(self) -> None: ...

    def on_caught_up(self) -> None: ...

    def on_gone(self) -> None: ...


class Wire(WebSocketsSansIOProtocol):
    """One connection's protocol, which also takes frames that are already built."""

    listener: Listener | None = None

    async def run_asgi(self) -> None:
        """Run the app with the wire in its scope."""
        extensions = cast("dict[str, object]", self.scope["extensions"])
        extensions[EXTENSION] = self
        await super().run_asgi()

    def refused(self) -> None:
        """The answer to the upgrade was an HTTP response: uvicorn would call that an error of ours."""
        self.handshake_complete = True

    def limit_buffer(self, high: int) -> None:
        """Call a client slow when so many bytes wait for it."""
        self.transport.set_write_buffer_limits(high=high, low=high // 4)

    @property
    def is_open(self) -> bool:
        return not (self.close_sent or self.disconnected or self.transport.is_closing())

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame, tell the app, and cut the transport if the peer does not answer."""
        if not self.is_open:
            return
        self._gone()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_S, self._cut)

    def _cut(self) -> None:
        # close() would wait for a full buffer to drain into a client that never reads.
        self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.listener is not None:
            self.listener.on_slow()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.listener is not None:
            self.listener.on_caught_up()

    def handle_close(self, event: Frame) -> None:
        self._gone()
        super().handle_close(event)

    def connection_lost(self, exc: Exception | None) -> None:
        # Before anything else: a write to a lost transport raises.
        self._gone()
        super().connection_lost(exc)

    def _gone(self) -> None:
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.on_gone()


def check_version() -> None:
    """Refuse a uvicorn whose protocol class was not tried.

    Raises:
        RuntimeError: names both versions.
    """
    if not uvicorn.__version__.startswith(TRIED_WITH):
        raise RuntimeError(
            f"uvicorn {uvicorn.__version__} is installed; api/socket/wire.py was tried with "
            f"{TRIED_WITH}x and reaches into its protocol class: run its tests, then raise TRIED_WITH"
        )


__all__ = ["EXTENSION", "Listener", "Wire", "check_version"]
