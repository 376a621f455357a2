"""Deliveries: what intake quarantined lands by intake's own path, fetched anew where it is unusable."""

import asyncio
from collections.abc import Sequence

from chain.rpc_errors import RpcError
from ingestion.backfill import workshop
from ingestion.quarantine import store
from ingestion.settings import LedgerSettings
from oddsline.settings import load
from orchestration.dead_letters.queue import Letter
from orchestration.dead_letters.tried import Tried
from orchestration.settings import OrchestrationSettings


def retry(letters: Sequence[Letter], settings: OrchestrationSettings) -> list[Tried]:  # noqa: ARG001 a Handler; LedgerSettings has them too
    """Replay the quarantined items."""
    try:
        why_not = asyncio.run(_replay([letter.payload["delivery_id"] for letter in letters]))
    except RpcError as away:
        return [Tried(letter, "not tried", str(away)) for letter in letters]
    return [_tried(letter, why_not) for letter in letters]


def _tried(letter: Letter, why_not: dict[int, str | None]) -> Tried:
    number = letter.payload["delivery_id"]
    if number not in why_not:
        return Tried(letter, "failed", "there is no such delivery any more")
    reason = why_not[number]
    return (
        Tried(letter, "resolved", "landed") if reason is None else Tried(letter, "failed", reason)
    )


async def _replay(ids: Sequence[int]) -> dict[int, str | None]:
    async with workshop(load(LedgerSettings)) as tools:
        held = await store.listed(tools.pool, status=None, ids=ids, most=len(ids))
        return dict(await tools.replayer.replay(held))
