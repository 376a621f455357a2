"""Events that could not be read: read again by today's decoder, else from what a node has now.

A log that the provider cut may be whole elsewhere; one that the validator cut is whole nowhere, and
its letter ends with a person.
"""

import asyncio
from collections.abc import Sequence

import asyncpg

from chain.program.interface import load_program
from chain.rpc import Rpc
from chain.rpc_errors import RpcError
from chain.transactions import Enhanced, ItemRefused, transaction_from
from ingestion.intake.fees import FeeBook
from ingestion.redecoding import run
from ingestion.redecoding.run import Reader, Reading
from oddsline import postgres
from orchestration.dead_letters.queue import Letter
from orchestration.dead_letters.tried import Tried
from orchestration.settings import OrchestrationSettings


def retry(letters: Sequence[Letter], settings: OrchestrationSettings) -> list[Tried]:
    """Read each letter's transaction again; what can be read now becomes revisions."""
    return asyncio.run(_retry(letters, settings))


async def _retry(letters: Sequence[Letter], settings: OrchestrationSettings) -> list[Tried]:
    pool = await postgres.open_pool(settings.database_url, name="dead-letters", max_size=2)
    try:
        fees = FeeBook()
        await fees.refresh(pool)
        reader = Reader(pool, load_program(settings.program_id), fees)
        async with Rpc(settings.chain_url) as rpc:
            return [await _try(letter, reader, rpc) for letter in letters]
    finally:
        await pool.close()


async def _try(letter: Letter, reader: Reader, rpc: Rpc) -> Tried:
    signature = letter.key.partition(":")[0]
    readings = await reader.of_signature(signature)
    if not readings:
        return Tried(letter, "resolved", "its transaction stands nowhere any more")
    said = await _resolved(letter, readings, reader.pool)
    if said is not None:
        return said
    try:
        result = await rpc.get_transaction(signature)
        found = None if result is None else transaction_from(result)
    except (RpcError, ItemRefused) as why:
        return Tried(letter, "failed", f"{letter.class_}, and no node helps: {why}")
    if found is None or isinstance(found, Enhanced):
        return Tried(letter, "failed", f"{letter.class_}, and the node has no more")
    again = [await reader.compare(found, reading) for reading in readings]
    whole = await _resolved(letter, again, reader.pool)
    return whole or Tried(letter, "failed", f"{letter.class_}, from the node too")


async def _resolved(
    letter: Letter, readings: Sequence[Reading], pool: asyncpg.Pool
) -> Tried | None:
    """Written, when none of the readings finds the letter's fault any more."""
    if any(reading.refused or letter.key in reading.letters for reading in readings):
        return None
    for reading in readings:
        await run.write(pool, reading)
    revised = sum(len(reading.changes) for reading in readings)
    return Tried(letter, "resolved", f"read again, {revised} events revised")
