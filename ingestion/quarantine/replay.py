"""Try held items again: as they are, else fetched anew by the signature they name."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from chain.rpc_errors import RpcError
from chain.transactions import Enhanced, ItemRefused
from ingestion.intake.delivery import Decode, named_place
from ingestion.landing.failures import LandingUnavailable
from ingestion.landing.rows import Landable
from ingestion.ledger.fetch import Fetcher, Land, Unfetched
from ingestion.quarantine import store
from ingestion.quarantine.store import HeldRow


@dataclass(frozen=True, slots=True)
class Replayer:
    """Lands held items by the path that pushed ones take.

    Attributes:
        pool: PostgreSQL.
        decode: reads an item as it was received.
        land: the landing path.
        fetcher: brings what an item only names; None = nobody can be asked.
    """

    pool: asyncpg.Pool
    decode: Decode
    land: Land
    fetcher: Fetcher | None

    async def replay(self, rows: Sequence[HeldRow]) -> list[tuple[int, str | None]]:
        """Try each; (id, why not) with None for what landed or was there already."""
        results = []
        for row in rows:
            failure = await self._try(row)
            await store.settle(self.pool, row.id, failure)
            results.append((row.id, failure))
        return results

    async def due(self, *, most: int = 50) -> list[tuple[int, str | None]]:
        """Try the queued items, and a few times the quarantined ones, whose turn it is."""
        return await self.replay(await store.due(self.pool, most))

    async def _try(self, row: HeldRow) -> str | None:
        try:
            outcome = await self.land([await self._read(row)])
        except (Unfetched, RpcError, LandingUnavailable) as why:
            return str(why)
        return outcome.refused[0][1] if outcome.refused else None

    async def _read(self, row: HeldRow) -> Landable:
        try:
            decoded = self.decode(row.item)
        except ItemRefused as why:
            refusal = str(why)
        else:
            if not isinstance(decoded, Enhanced):
                return decoded
            refusal = "carries no logs"
        try:
            return await self._fetch(row)
        except (Unfetched, RpcError) as why:
            raise Unfetched(f"{refusal}; {why}") from why

    async def _fetch(self, row: HeldRow) -> Landable:
        """The transaction that an unusable item names, by its signature or its place."""
        if self.fetcher is None:
            raise Unfetched("nobody can be asked")
        signature = row.signature
        if signature is None:
            place = named_place(row.item)
            if place is None:
                raise Unfetched("names no transaction")
            signature = await self.fetcher.named(*place)
        return await self.fetcher.fetch(signature)
