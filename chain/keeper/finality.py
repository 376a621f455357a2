"""What was confirmed is watched until nothing can undo it; what a fork took back goes back to work.

An intent counts as done at `confirmed`, so that nobody waits for the half minute that finality
takes. A cluster has never unmade a confirmed block, a fork of it may: then the intent is `sent`
again with the very bytes that fell off, and all that protects a first sending protects it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import Enum

import structlog

from chain.keeper import metrics
from chain.keeper.actions import Done, judge
from chain.keeper.preparation import Tools
from chain.keeper.reader import Seen
from chain.keeper.store import Intent
from chain.rpc_types import SignatureStatus

log = structlog.get_logger()

AT_ONCE = 500


class Standing(Enum):
    FINAL = "final"
    WAIT = "wait"
    FALLEN = "fallen"


def standing(intent: Intent, final: Seen, now: Seen, status: SignatureStatus | None) -> Standing:
    """Whether a done intent stands. Pure.

    Args:
        intent: done when it was last looked at.
        final: its market at `finalized`.
        now: its market at `confirmed`.
        status: of its own transaction, where it has one and the node knows it.
    """
    landed = status if status is not None and status.err is None else None
    # A final transaction whose effect does not show: its counts were overwritten since.
    if _shows(intent, final) or (landed and landed.finalized):
        return Standing.FINAL
    behind = now.slot < (intent.landed_slot or 0)  # than what the node said before
    if behind or _shows(intent, now) or (landed and landed.confirmed):
        return Standing.WAIT
    if intent.signed is None and intent.action == "aggregate_proposal_votes":
        return Standing.FINAL  # others' counts, and others have counted since: not ours to repeat
    return Standing.FALLEN


async def settle(tools: Tools, again_s: float) -> None:
    """Look once at what is done and not yet final.

    Raises:
        RpcError: the node is away; the next look is `again_s` away.
    """
    intents = await tools.store.unfinal(AT_ONCE, again_s)
    if not intents:
        return
    markets = [intent.market_address for intent in intents]
    final = await asyncio.gather(*(tools.final_reader.see(market) for market in markets))
    now = await asyncio.gather(*(tools.reader.see(market) for market in markets))
    statuses = await tools.watcher.statuses(_signatures(intents), search=True)
    found = []
    for intent, finally_, lately in zip(intents, final, now, strict=True):
        status = statuses.get(intent.signed.signature) if intent.signed else None
        found.append((intent, standing(intent, finally_, lately, status)))
    done = [intent for intent, verdict in found if verdict is Standing.FINAL]
    await tools.store.final([intent.id for intent in done])
    for intent in done:
        metrics.FINALIZED.labels(intent.action).inc()
    for intent, verdict in found:
        if verdict is Standing.FALLEN:
            await _back_to_work(intent, tools)


def _shows(intent: Intent, seen: Seen) -> bool:
    return isinstance(judge(intent.action, intent.args, seen.market), Done)


async def _back_to_work(intent: Intent, tools: Tools) -> None:
    signature = intent.signed.signature if intent.signed else None
    if await tools.store.fallen(intent, {"fallen": signature, "slot": intent.landed_slot}):
        metrics.FALLEN.labels(intent.action).inc()
        log.warning("undone_by_a_fork", intent=intent.id, signature=signature)


def _signatures(intents: Sequence[Intent]) -> list[str]:
    return [intent.signed.signature for intent in intents if intent.signed is not None]
