"""One local chain as a service: the chain, its slots, its webhooks and its HTTP server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import structlog
import uvicorn
from solders.pubkey import Pubkey

from chain.local.chain import Chain, config_of
from chain.local.control import Control
from chain.local.faults import Faults
from chain.local.server import App
from chain.local.settings import ChainSettings
from chain.local.webhooks import Target, Webhooks

log = structlog.get_logger()


class PortTaken(Exception):
    """The chain's port is in use; the message names it and the setting."""


def open_chain(settings: ChainSettings) -> Chain:
    """The chain of a data folder with the market program in place."""
    chain = Chain(settings.data_dir, config_of(settings))
    chain.vm.load_program(Pubkey.from_string(settings.program_id), settings.chain_program_so)
    return chain


def bind(settings: ChainSettings) -> socket.socket:
    """The listening socket.

    Raises:
        PortTaken: somebody else listens there.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by every connection; asyncio sets it only on sockets it made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.chain_port))
    except OSError as taken:
        listener.close()
        where = f"{settings.host}:{settings.chain_port}"
        raise PortTaken(f"{where} (ODDSLINE_CHAIN_PORT): {taken.strerror}") from None
    return listener


def target_of(settings: ChainSettings) -> Target | None:
    """Where webhooks go; None when nobody wants them."""
    if settings.chain_webhook_url is None:
        return None
    return Target(
        url=settings.chain_webhook_url,
        secret=settings.webhook_secret,
        address=settings.chain_webhook_address or settings.program_id,
        timeout_s=settings.chain_webhook_timeout_ms / 1000,
        retries=settings.chain_webhook_retries,
        retry_s=settings.chain_webhook_retry_ms / 1000,
        batch=settings.chain_webhook_batch,
        concurrency=settings.chain_webhook_concurrency,
    )


class Slots:
    """Closes slots and hands what that confirms to the webhooks, once it is on disk."""

    def __init__(self, chain: Chain, faults: Faults, webhooks: Webhooks | None) -> None:
        """Deliveries go on from where the last process left off."""
        self._chain = chain
        self._faults = faults
        self._webhooks = webhooks
        self._handed_over = chain.delivered

    async def close(self, *, seconds: float = 0, slots: int = 1) -> None:
        """Close the open slot, set the clock forward, skip all but one of `slots`."""
        self._faults.each_slot(self._chain)
        block = self._chain.warp(seconds=seconds, slots=slots)
        await self._chain.journal.flush()
        self._chain.blocks.durable = block.slot
        confirmed = self._chain.blocks.settled("confirmed").slot
        if self._webhooks is None or confirmed <= self._handed_over:
            return
        landed = self._chain.history.between(self._handed_over, confirmed)
        self._handed_over = confirmed
        self._webhooks.hand_over(landed, confirmed)

    async def keep_time(self, slot_s: float) -> None:
        """Close a slot every `slot_s` seconds."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            # A late slot is not made up for: slots are time, not work.
            due = max(due + slot_s, loop.time())
            await asyncio.sleep(due - loop.time())
            await self.close()


class _Server(uvicorn.Server):
    """uvicorn, saying when it listens and leaving signals alone.

    Its own handlers raise the signal again after the last request, which would end the process
    before the journal has written what is left.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Running:
    """A chain that answers: its port, and the task that ends when it no longer does."""

    port: int
    serving: asyncio.Task[None]


@asynccontextmanager
async def running(settings: ChainSettings) -> AsyncIterator[Running]:
    """A chain that answers on its port (any free one for 0) while the block runs.

    Raises:
        PortTaken: before anything is opened.
    """
    listener = bind(settings)
    chain = open_chain(settings)
    faults, target = Faults(), target_of(settings)
    webhooks = Webhooks(target, faults.deliveries, chain.delivered_up_to) if target else None
    slots = Slots(chain, faults, webhooks)
    control = Control(chain, faults, slots.close) if settings.chain_private else None
    app = App(chain, faults, control)
    server = _Server(_http(app))
    clock = asyncio.create_task(slots.keep_time(settings.chain_slot_ms / 1000))
    # A chain that cannot write its journal must not go on answering.
    clock.add_done_callback(lambda _: setattr(server, "should_exit", True))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.listening.wait()
        yield Running(listener.getsockname()[1], serving)
    finally:
        app.health.draining = True
        server.should_exit = True
        await serving
        clock.cancel()
        with suppress(asyncio.CancelledError):
            await clock
        if webhooks is not None:
            await webhooks.close()
        chain.close()
        listener.close()


def _http(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
