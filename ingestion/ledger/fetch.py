"""Bring what is missing: fetched, decoded and landed by the same path as what was pushed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from chain.rpc_errors import RpcError
from chain.transactions import Enhanced, ItemRefused
from ingestion.intake.delivery import Decode, Held, quarantined
from ingestion.landing.collector import Outcome
from ingestion.landing.failures import LandingUnavailable
from ingestion.landing.rows import Landable
from ingestion.ledger.comparison import Listed
from ingestion.ledger.source import Source

#: So few that a landing of ours holds the lock no longer than a webhook's does.
CHUNK = 50

Land = Callable[[Sequence[Landable]], Awaitable[Outcome]]
Hold = Callable[[Sequence[Held]], Awaitable[None]]


class Unfetched(Exception):
    """A transaction that could not be brought; the message says why."""


@dataclass(slots=True)
class Fetcher:
    """Fetches transactions of one provider.

    Attributes:
        source: the provider.
        decode: reads an item as the provider gives it.
        land: the landing path.
        hold: keeps an item that cannot land.
    """

    source: Source
    decode: Decode
    land: Land
    hold: Hold
    _blocks: dict[int, dict[str, int]] = field(default_factory=dict)

    async def bring(self, missing: Sequence[Listed]) -> dict[int, str]:
        """Land what is missing, a chunk at a time.

        Returns:
            Slots where something could not be brought, with the reason.
        """
        problems: dict[int, str] = {}
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            fetched = await asyncio.gather(*map(self._fetch, chunk), return_exceptions=True)
            landable: list[Landable] = []
            for line, result in zip(chunk, fetched, strict=True):
                if isinstance(result, Landable):
                    landable.append(result)
                elif isinstance(result, Unfetched | RpcError):
                    problems[line.slot] = f"{line.signature}: {result}"
                else:
                    raise result
            problems |= await self._land(landable)
        self._blocks.clear()
        return problems

    async def index(self, line: Listed) -> int | None:
        """A transaction's place in its block: the list's word, else the block's own."""
        if line.tx_index is not None:
            return line.tx_index
        return (await self.block(line.slot)).get(line.signature)

    async def block(self, slot: int) -> dict[str, int]:
        """Places by signature, as the block names them; a skipped slot has none."""
        if slot not in self._blocks:
            signatures = await self.source.block(slot) or []
            self._blocks[slot] = {signature: n for n, signature in enumerate(signatures)}
        return self._blocks[slot]

    async def fetch(self, signature: str) -> Landable:
        """A transaction of which only the signature is known.

        Raises:
            Unfetched: it is not final, or cannot be used.
            RpcError: the provider cannot say.
        """
        found = await self.source.transaction(signature)
        if found is None:
            raise Unfetched("not final, or not known")
        places = await self.block(found["slot"])
        self._blocks.clear()
        item = _item(found, places.get(signature))
        try:
            return self._decoded(item)
        except ItemRefused as why:
            raise Unfetched(f"cannot be used: {why}") from why

    async def named(self, slot: int, index: int) -> str:
        """The signature of the transaction at a place of a block.

        Raises:
            Unfetched: the block is not final, or has no such place.
            RpcError: the provider cannot say.
        """
        places = await self.block(slot)
        self._blocks.clear()
        found = next((name for name, at in places.items() if at == index), None)
        if found is None:
            raise Unfetched("its place in its block is not final, or not known")
        return found

    async def _fetch(self, line: Listed) -> Landable:
        index = await self.index(line)
        found = await self.source.transaction(line.signature)
        if found is None:
            raise Unfetched("listed, but not to be had")
        if found["slot"] != line.slot:
            raise Unfetched(f"listed in slot {line.slot}, found in {found['slot']}")
        item = _item(found, index)
        try:
            return self._decoded(item)
        except ItemRefused as why:
            await self.hold([quarantined(item, str(why))])
            raise Unfetched(f"cannot be used: {why}") from why

    def _decoded(self, item: bytes) -> Landable:
        decoded = self.decode(item)
        assert not isinstance(decoded, Enhanced)  # getTransaction's results carry a transaction
        return decoded

    async def _land(self, landable: Sequence[Landable]) -> dict[int, str]:
        if not landable:
            return {}
        try:
            outcome = await self.land(landable)
        except LandingUnavailable as why:
            return {item.slot: f"cannot land: {why}" for item in landable}
        return dict(_refusals(outcome.refused))


def _item(found: dict[str, Any], index: int | None) -> bytes:
    """A fetched transaction as a delivery would bring it: with its place in its block."""
    if index is None:
        raise Unfetched("nobody tells its place in the block")
    return orjson.dumps({**found, "transactionIndex": index})


def _refusals(refused: Iterable[tuple[Landable, str]]) -> Iterable[tuple[int, str]]:
    return ((item.slot, f"{item.signature}: {why}") for item, why in refused)
