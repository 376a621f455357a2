"""Put a ledger together for one program and its providers."""

from dataclasses import dataclass

import asyncpg
import structlog

from chain.program.interface import load_program
from chain.rpc import Rpc
from ingestion.forks.audit import Auditor
from ingestion.intake.decoding import decoder
from ingestion.intake.fees import FeeBook
from ingestion.ledger.book import Book
from ingestion.ledger.budget import Budget
from ingestion.ledger.fetch import Fetcher, Hold, Land
from ingestion.ledger.prove import Prover
from ingestion.ledger.settle import Settler
from ingestion.ledger.source import COMMITMENT, Source
from ingestion.ledger.walker import Walker
from ingestion.ledger.worker import Ledger
from ingestion.quarantine.replay import Replayer
from ingestion.settings import LedgerSettings

log = structlog.get_logger(__name__)

#: raw.transactions.source of what was fetched: it came late, so clients are told to resync.
SOURCE = "backfill"


@dataclass(frozen=True, slots=True)
class Landing:
    """The landing path that fetched transactions share with pushed ones."""

    land: Land
    hold: Hold
    fees: FeeBook


def source_of(settings: LedgerSettings, url: str) -> Source:
    """A provider within the budget we grant ourselves."""
    budget = Budget(per_second=settings.rpc_per_second, at_once=settings.rpc_at_once)
    return Source(Rpc(url, commitment=COMMITMENT), settings.program_id, budget)


async def second_source(settings: LedgerSettings, first: Source) -> Source | None:
    """The second provider, if it is another one and speaks for the same chain.

    Raises:
        RpcError: one of them cannot say.
    """
    url = settings.second_rpc_url
    if url is None or url == settings.chain_url:
        return None
    second = source_of(settings, url)
    try:
        same = await second.genesis() == await first.genesis()
    except BaseException:
        await second.close()
        raise
    if not same:
        log.error("the second provider speaks for another chain; it proves nothing")
        await second.close()
        return None
    return second


def walker_of(
    settings: LedgerSettings,
    pool: asyncpg.Pool,
    landing: Landing,
    first: Source,
    second: Source | None,
) -> Walker:
    """What settles ranges against the first provider's list."""
    book = Book(pool, settings.program_id)
    fetcher = fetcher_of(settings, landing, first)
    return Walker(book, first, Settler(pool, book, fetcher, Auditor(pool, first, second)))


def fetcher_of(settings: LedgerSettings, landing: Landing, source: Source) -> Fetcher:
    """What brings transactions by the landing path."""
    program = load_program(settings.program_id)
    decode = decoder(program, landing.fees, source=SOURCE, commitment=COMMITMENT)
    return Fetcher(source, decode, landing.land, landing.hold)


def ledger_of(
    settings: LedgerSettings,
    pool: asyncpg.Pool,
    landing: Landing,
    first: Source,
    second: Source | None,
) -> Ledger:
    """The ledger, ready for its first pass."""
    walker = walker_of(settings, pool, landing, first, second)
    prover = None if second is None else Prover(pool, settings.program_id, second, walker.book)
    fetcher = fetcher_of(settings, landing, first)
    replayer = Replayer(pool, fetcher.decode, landing.land, fetcher)
    return Ledger(walker, prover, replayer, settings.ledger_from_slot)
