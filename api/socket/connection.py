"""One socket: what its client asks for, and how it is kept in step."""

from typing import Any

import orjson
from pydantic import ValidationError

from api.markets import MarketRef
from api.problems import Problem
from api.service import Service
from api.socket import frames
from api.socket.allowance import Allowance
from api.socket.asked import (
    EVERY_MARKET,
    After,
    Asked,
    Auth,
    Message,
    Ping,
    RequestId,
    Subscribe,
    Unsubscribe,
)
from api.socket.backlog import Backlog
from api.socket.channel import Channel, Write, write_all
from api.socket.codes import Close, Refused
from api.socket.everything import join_everything
from api.socket.hub import CLOSED, Hub, Member
from api.socket.identity import Guessing, Identity
from api.socket.replay import Replay
from api.socket.told import Told
from api.socket.wire import Wire

#: A client that has been slow for so long does not come back.
SLOW_S = 30.0


class Connection(Member):
    """The state of one client; `hear` takes its messages, the hub calls the rest."""

    def __init__(self, service: Service, wire: Wire, identity: Identity) -> None:
        self.service = service
        self.wire = wire
        self.identity = identity
        self.hub: Hub = service.hub
        self.replay = Replay(service.database, service.settings.replay_s)
        self.channels: dict[str, Channel] = {}
        self.write: Write = wire.transport.write
        self.backlog: Backlog | None = None
        self._slow_since = 0.0
        self._allowance = Allowance(service.settings.socket_messages_per_minute)
        wire.limit_buffer(service.settings.socket_buffer_bytes)
        wire.listener = self
        self.hub.join(self)

    def say(self, message: dict[str, Any], request_id: RequestId = None) -> None:
        """Send one message of the connection's own."""
        if self.wire.is_open:
            told = message if request_id is None else message | {"id": request_id}
            self.write(frames.text(orjson.dumps(told)))

    def welcome(self) -> None:
        settings = self.service.settings
        limits = {
            "subscriptions": settings.socket_subscriptions,
            "messages_per_minute": settings.socket_messages_per_minute,
            "message_bytes": settings.body_limit_bytes,
        }
        told = {"heartbeat_ms": settings.heartbeat_ms, "replay_s": settings.replay_s}
        self.say({"type": "welcome", "epoch": self.hub.freshness.epoch, **told, "limits": limits})

    def refuse(self, code: Refused, detail: str, request_id: RequestId = None) -> None:
        self.say({"type": "error", "code": code.value, "detail": detail}, request_id)

    async def hear(self, text: str | None) -> None:
        """Do what one message asks; `None` stands for a binary one."""
        if not self._allowance.take():
            self.end(Close.OVER_LIMIT, "too many messages")
            return
        try:
            asked = Message.model_validate_json(text or "").root
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            self.refuse(Refused.BAD_REQUEST, f"{where or 'message'}: {first['msg']}"[:200])
            return
        await self._do(asked)

    async def _do(self, asked: Asked) -> None:
        match asked:
            case Ping():
                self.say({"type": "pong"}, asked.id)
            case Auth():
                await self._authenticate(asked)
            case Unsubscribe():
                await self._unsubscribe(asked)
            case Subscribe(market_id="*"):
                await join_everything(self, asked)
            case Subscribe():
                await self._subscribe(asked)

    async def _authenticate(self, asked: Auth) -> None:
        try:
            good = await self.identity.show(self.service, asked)
        except Guessing as guessing:
            self.end(Close.OVER_LIMIT, str(guessing))
        except Problem as problem:
            self.refuse(Refused.UNAVAILABLE, problem.detail, asked.id)
        else:
            if good:
                self.say({"type": "authenticated"}, asked.id)
            else:
                self.refuse(Refused.UNAUTHORIZED, "The token or key is not valid.", asked.id)

    async def _subscribe(self, asked: Subscribe) -> None:
        if len(self.channels) >= self.service.settings.socket_subscriptions:
            self.refuse(Refused.TOO_MANY, "This connection follows too many markets.", asked.id)
            return
        try:
            market = await self.service.markets.find(asked.market_id)
        except Problem as problem:
            self.refuse(Refused.UNKNOWN_MARKET, problem.detail, asked.id)
            return
        self._leave(market.market_id)
        channel = self.hub.channel(market.market_id)
        after = asked.after
        if after is None or not await self._resume(channel, market, after, asked.id):
            await self._begin(channel, market, asked.id, reset=after is not None)

    async def _resume(
        self, channel: Channel, market: MarketRef, after: After, request_id: RequestId
    ) -> bool:
        """Send what the client missed; False when it needs a snapshot."""
        epoch = self.hub.freshness.epoch
        if after.epoch != epoch or after.seq is None:
            return False
        missed = await self.replay.missed(channel, market, after.seq)
        if missed is None:
            return False
        told: dict[str, Any] = {"type": "subscribed", "market_id": market.market_id}
        self.say(told | {"epoch": epoch, "seq": after.seq}, request_id)
        if self.wire.is_open:
            self._follow(channel, write_all(self.write, missed, after.seq))
        return True

    async def _begin(
        self, channel: Channel, market: MarketRef, request_id: RequestId, *, reset: bool
    ) -> None:
        snapshot = await self.replay.snapshot(channel, market)
        head: dict[str, Any] = {"type": "subscribed", "market_id": market.market_id}
        head |= {"epoch": self.hub.freshness.epoch, "seq": snapshot.seq}
        if reset:
            head["reset"] = True
        if request_id is not None:
            head["id"] = request_id
        if self.wire.is_open:
            told = orjson.dumps(head)[:-1] + b',"snapshot":' + snapshot.body + b"}"
            self.write(frames.text(told))
        self._follow(channel, snapshot.seq)

    def _follow(self, channel: Channel, last: int) -> None:
        if not self.wire.is_open:
            return
        # Another await may have let the hub drop an idle channel.
        channel = self.hub.channel(channel.market_id)
        self.channels[channel.market_id] = channel
        channel.follow(self, last)
        if self.backlog is not None:
            channel.slow_down(self)

    async def _unsubscribe(self, asked: Unsubscribe) -> None:
        if asked.market_id == EVERY_MARKET:
            left = self.hub.everything.pop(self, None) is not None
            self.hub.slow_everything.discard(self)
        else:
            ref = self.service.markets.known(asked.market_id)
            left = self._leave(ref.market_id if ref else asked.market_id)
        if left:
            self.say({"type": "unsubscribed", "market_id": asked.market_id}, asked.id)
        else:
            self.refuse(Refused.NOT_SUBSCRIBED, "This market is not followed.", asked.id)

    def _leave(self, market_id: str) -> bool:
        channel = self.channels.pop(market_id, None)
        if channel is not None:
            channel.leave(self)
        return channel is not None

    def hold(self, told: Told) -> None:
        """Keep a message for a slow client, or give the client up."""
        if self.backlog is not None and not self.backlog.push(told):
            self.hub.slowed(lambda: self.end(Close.SLOW, "messages were taken too slowly"))

    def on_slow(self) -> None:
        self.hub.slowed(self._slow_down)

    def _slow_down(self) -> None:
        if self.backlog is None and self.wire.is_open:
            self.backlog = Backlog(self.service.settings.socket_backlog)
            self._slow_since = self.hub.clock()
            for channel in self.channels.values():
                channel.slow_down(self)
            if self.hub.everything.pop(self, None):
                self.hub.slow_everything.add(self)

    def on_caught_up(self) -> None:
        backlog, self.backlog = self.backlog, None
        if backlog is None:
            return
        for told in backlog.drain():
            channel = self.channels.get(told.market_id)
            if channel is None:
                self.write(told.frame(told.seq - 1))
            elif told.seq > channel.slow.get(self, told.seq):
                self.write(told.frame(channel.slow[self]))
                channel.slow[self] = told.seq
        for channel in self.channels.values():
            channel.catch_up(self)
        if self in self.hub.slow_everything:
            self.hub.slow_everything.discard(self)
            self.hub.everything[self] = self.write

    def on_gone(self) -> None:
        for market_id in list(self.channels):
            self._leave(market_id)
        self.hub.everything.pop(self, None)
        self.hub.slow_everything.discard(self)
        self.hub.leave(self)

    def beat(self, now: float) -> None:
        """Tell how far it has been told, unless what it showed, or its patience, is over."""
        if self.identity.is_over(self.service.keys):
            self.end(Close.EXPIRED, "the token expired or the key was revoked")
            return
        if self.backlog is not None:
            if now - self._slow_since > SLOW_S:
                self.end(Close.SLOW, "messages were taken too slowly")
            return
        seqs = {market: channel.last_sent(self) for market, channel in self.channels.items()}
        as_of = self.hub.freshness.as_of()
        told = {"type": "heartbeat", "pos": as_of.pos, "seqs": seqs, "lag_ms": as_of.lag_ms}
        self.say(told | {"stale": self.hub.freshness.stale})

    def end(self, code: Close, reason: str = "") -> None:
        CLOSED.labels(str(code.value)).inc()
        self.wire.close(code, reason)
