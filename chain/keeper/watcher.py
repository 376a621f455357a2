"""Follows sent transactions to their end: landed, with or without an error, or provably dead.

One loop for all: statuses in batches, the same bytes again and again, and for those whose time is
over the proof of expiry. No answer of a node ends the watching by itself but these two.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog

from chain.keeper import expiry
from chain.keeper.metrics import BROADCASTS, RPC_FAILURES, UNPROVEN
from chain.keeper.transaction import Signed
from chain.rpc import STATUSES_PER_CALL, Rpc
from chain.rpc_errors import RpcError
from chain.rpc_types import EpochInfo, SignatureStatus

log = structlog.get_logger()
SENDS_AT_ONCE = 16


class Landed(NamedTuple):
    """It is in a confirmed block; `err` says whether anything happened."""

    slot: int
    err: Any
    finalized: bool


class Expired(NamedTuple):
    """It never will be; the finalized height that proved it."""

    height: int


End = Landed | Expired


@dataclass
class _Watched:
    signed: Signed
    end: asyncio.Future[End] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Watcher:
    """`poll_s` between looks, `rebroadcast_s` between repetitions and proofs."""

    def __init__(
        self, rpc: Rpc, second: Rpc | None, *, poll_s: float, rebroadcast_s: float
    ) -> None:
        self._rpc = rpc
        self._second = second
        self._poll_s = poll_s
        self._rebroadcast_s = rebroadcast_s
        self._watched: dict[str, _Watched] = {}
        self._sending = asyncio.Semaphore(SENDS_AT_ONCE)
        self._repeated = 0.0

    async def follow(self, signed: Signed) -> End:
        """Broadcast and wait for the end; cancelling leaves the transaction to its fate."""
        watched = self._watched.setdefault(signed.signature, _Watched(signed))
        try:
            await self._send(signed)
            return await asyncio.shield(watched.end)
        finally:
            if watched.end.done():
                self._watched.pop(signed.signature, None)

    def forget(self, signature: str) -> None:
        """Stop repeating it: somebody else holds it now."""
        self._watched.pop(signature, None)

    async def statuses(
        self, signatures: Sequence[str], *, search: bool = False
    ) -> dict[str, SignatureStatus]:
        """What the node knows of these, by signature.

        Raises:
            RpcError: it did not answer.
        """
        known: dict[str, SignatureStatus] = {}
        for part in _parts(signatures):
            _, found = await self._rpc.get_signature_statuses(part, search_history=search)
            known |= {s: f for s, f in zip(part, found, strict=True) if f is not None}
        return known

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(self._poll_s)
            if self._watched:
                try:
                    await self._look()
                    await self._repeat_now_and_then()
                except RpcError as error:
                    RPC_FAILURES.labels(type(error).__name__).inc()
                    log.warning("watch_failed", error=str(error))

    async def _look(self) -> None:
        for signature, status in (await self.statuses(list(self._watched))).items():
            self._landed(signature, status)

    def _landed(self, signature: str, status: SignatureStatus) -> None:
        watched = self._watched.get(signature)
        if watched is not None and status.confirmed and not watched.end.done():
            watched.end.set_result(Landed(status.slot, status.err, status.finalized))

    async def _repeat_now_and_then(self) -> None:
        if time.monotonic() - self._repeated < self._rebroadcast_s:
            return
        self._repeated = time.monotonic()
        open_ones = [watched for watched in self._watched.values() if not watched.end.done()]
        await asyncio.gather(*(self._send(watched.signed) for watched in open_ones))
        await self._prove(open_ones)

    async def _send(self, signed: Signed) -> None:
        """Hand the bytes on; a failure tells nothing about whether they arrived."""
        async with self._sending:
            BROADCASTS.inc()
            try:
                await self._rpc.send_transaction(signed.wire)
            except RpcError as error:
                RPC_FAILURES.labels(type(error).__name__).inc()
                log.info("send_unanswered", signature=signed.signature, error=str(error))

    async def _prove(self, open_ones: Iterable[_Watched]) -> None:
        finalized = await self._rpc.get_epoch_info("finalized")
        judged = [(one, expiry.height_passed(one.signed, finalized)) for one in open_ones]
        UNPROVEN.inc(sum(verdict is expiry.Verdict.UNPROVEN for _, verdict in judged))
        passed = [one for one, verdict in judged if verdict is expiry.Verdict.EXPIRED]
        for part in _parts(passed):
            await self._search(part, finalized)

    async def _search(self, watched: Sequence[_Watched], finalized: EpochInfo) -> None:
        """Look through whole histories for transactions whose height has passed."""
        names = [one.signed.signature for one in watched]
        answers = [await self._rpc.get_signature_statuses(names, search_history=True)]
        if self._second is not None:
            answers.append(await self._second.get_signature_statuses(names, search_history=True))
        for at, one in enumerate(watched):
            for answer in answers:
                status = answer.statuses[at]
                if status is not None:
                    self._landed(names[at], status)
            searches = [(answer.slot, answer.statuses[at] is not None) for answer in answers]
            verdict = expiry.nothing_found(finalized, searches)
            if verdict is expiry.Verdict.EXPIRED and not one.end.done():
                one.end.set_result(Expired(finalized.block_height))
            elif verdict is expiry.Verdict.UNPROVEN:
                UNPROVEN.inc()


def _parts(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[at : at + STATUSES_PER_CALL] for at in range(0, len(items), STATUSES_PER_CALL)]
