"""The fold against a rebuild, a part at a time: a rotating sample, and in full what is not sealed.

A market that has ended is sealed, once it was found equal to a rebuild, by a hash of all its rows;
from then on comparing hashes is enough. Whatever is new of it (a late claim, a revision, a model
deployed anew) opens the seal, and the next full comparison closes it again.
"""

from dataclasses import dataclass

import asyncpg

from ingestion.fold.publisher import sql
from ingestion.fold.recount import Recount, recount_chosen

#: Turns in a round: one every ten minutes makes a round a day.
TURNS = 144
_ALL_BUT = "market_address <> all($1::text[])"
_ONLY = "market_address = any($1::text[])"


@dataclass(frozen=True)
class Audit:
    """What was compared, and what differs."""

    markets: int  # compared with a rebuild
    rows: int  # of all live marts, compared
    different: tuple[Recount, ...]
    sealed: int  # markets under seal
    broken: tuple[str, ...] = ()  # sealed markets whose rows were altered

    @property
    def passed(self) -> bool:
        """Nothing differs."""
        return not self.different and not self.broken


async def sample(connection: asyncpg.Connection, turn: int) -> Audit:
    """Compare the markets whose turn (0 to TURNS - 1) it is."""
    addresses = [r[0] for r in await connection.fetch(sql("sampled"), turn % TURNS, TURNS)]
    counts = await recount_chosen(connection, _ONLY, addresses)
    return _audit(counts, await _sealed(connection))


async def in_full(connection: asyncpg.Connection) -> Audit:
    """Compare sealed markets by their hash and all others with a rebuild; seal what has ended."""
    await connection.execute(sql("open_seals"))
    broken = tuple(r[0] for r in await connection.fetch(sql("broken_seals")))
    sealed = [r[0] for r in await connection.fetch("select market_address from live.seals")]
    cursor = await connection.fetchval("select seq from live.cursors where name = 'events'")
    counts = await recount_chosen(connection, _ALL_BUT, sealed)
    audit = _audit(counts, len(sealed), broken)
    if audit.different:
        return audit
    await connection.execute(sql("seal"), cursor)
    return _audit(counts, await _sealed(connection), broken)


def _audit(counts: list[Recount], sealed: int, broken: tuple[str, ...] = ()) -> Audit:
    different = tuple(count for count in counts if not count.equal)
    markets = next((count.rows for count in counts if count.model == "markets"), 0)
    return Audit(markets, sum(count.rows for count in counts), different, sealed, broken)


async def _sealed(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("select count(*) from live.seals"))
