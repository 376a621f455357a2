"""One intent's course under one lease, each durable step before the next irreversible one."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog

from chain.keeper import metrics
from chain.keeper.actions import Done, judge
from chain.keeper.fees import Quote
from chain.keeper.patience import FIRST_PAUSE_S, endlessly
from chain.keeper.preparation import NotSent, Tools, envelope, prepare, shows_done
from chain.keeper.states import Stage
from chain.keeper.store import Ending, Intent
from chain.keeper.transaction import (
    Forbidden,
    Signed,
    sign,
)
from chain.keeper.watcher import Expired, Landed
from chain.program.errors import Failure, FailureClass, name_failure
from chain.rpc_errors import RpcError

log = structlog.get_logger()

POSTPONE_S = 10.0  # while a node is away the intent waits in the open


async def pursue(intent: Intent, tools: Tools) -> Ending | None:
    """Carry an intent to its end; None = it waits in the open.

    Raises:
        LeaseLost: another keeper holds it now.
    """
    metrics.ATTEMPTS.labels(intent.action).inc()
    try:
        stage, ending = await _course(intent, tools)
    except RpcError as error:  # only before anything was sent: the rest never gives up
        log.warning("postponed", intent=intent.id, error=str(error))
        await tools.store.postponed(intent, POSTPONE_S, str(error))
        return None
    await tools.store.finished(intent, stage, ending)
    _count(intent, ending)
    return ending


async def _course(intent: Intent, tools: Tools) -> tuple[Stage, Ending]:
    signed, sent_at = intent.signed, intent.signed_at
    for used in range(1, tools.most_signatures + 1):
        if signed is None:
            try:
                prepared = await prepare(intent, tools, attempt=intent.attempts + used - 1)
                if isinstance(prepared, Done):
                    return Stage.LEASED, Ending(Stage.DONE, {"how": "already"})
                signed, sent_at = await _commit(intent, prepared, tools), time.time()
            except NotSent as stop:
                return Stage.LEASED, _failed(stop.failure)
            except Forbidden as refused:
                return Stage.LEASED, _failed(envelope(refused))
        end = await tools.watcher.follow(signed)
        if isinstance(end, Landed):
            metrics.LANDING.labels(intent.action).observe(time.time() - (sent_at or time.time()))
            return Stage.SENT, await _after(intent, signed, end, tools)
        await _expire(intent, signed, end, tools)
        signed = None
    failure = Failure("BlockhashExpired", FailureClass.TRANSIENT, "no transaction landed in time")
    return Stage.LEASED, _failed(failure)


async def _commit(intent: Intent, prepared: tuple[Any, Quote, int, int], tools: Tools) -> Signed:
    """Sign and store; only what is stored may be sent."""
    message, priced, last_valid, slot = prepared
    async with tools.budget_lock:
        left = tools.policy.daily_budget - await tools.store.spent_today()
        metrics.BUDGET_LEFT.set(left)
        if priced.fee_lamports > left:
            detail = f"{priced.fee_lamports} lamports wanted, {left} left of today's"
            raise NotSent(Failure("FeeBudgetSpent", FailureClass.TRANSIENT, detail))
        signed = await sign(tools.program, tools.signers, message, last_valid, slot)
        await tools.store.signed(intent, signed, priced)
    metrics.FEES.labels(intent.action).inc(priced.fee_lamports)
    return signed


async def _expire(intent: Intent, signed: Signed, end: Expired, tools: Tools) -> None:
    metrics.EXPIRED.labels(intent.action).inc()
    log.info("expired", intent=intent.id, signature=signed.signature, height=end.height)
    proof = {"finalized_height": end.height, "last_valid": signed.last_valid_block_height}
    await tools.store.expired(intent, signed, proof)


async def _after(intent: Intent, signed: Signed, end: Landed, tools: Tools) -> Ending:
    """What a landed transaction means: its `err`, then the account."""
    await _look_for_doubles(intent, signed, tools)
    err = end.err
    while err is None:
        seen = await endlessly(lambda: tools.reader.see(intent.market_address))
        if seen.slot >= end.slot and isinstance(
            judge(intent.action, intent.args, seen.market), Done
        ):
            return Ending(Stage.DONE, {"how": "landed"}, end.slot)
        # Said to have succeeded, yet the account does not show it: the status may be false.
        result = await endlessly(lambda: tools.rpc.get_transaction(signed.signature))
        err = None if result is None else (result.get("meta") or {}).get("err")
        if err is None and await _is_final(signed, tools):
            return _without_effect(intent, end.slot)
        if err is None:
            await asyncio.sleep(FIRST_PAUSE_S)
    failure = name_failure(tools.program.codec, err)
    if await endlessly(lambda: shows_done(intent, tools, since=end.slot)):
        return Ending(Stage.DONE, {"how": "already", "own": failure.name}, end.slot)
    return _failed(failure, end.slot)


def _without_effect(intent: Intent, slot: int) -> Ending:
    """Final, successful, and the account shows other values.

    Counts may have been overwritten since; a market's state can only have been made by forging.
    """
    if intent.action == "aggregate_proposal_votes":
        return Ending(Stage.DONE, {"how": "landed", "overwritten": True}, slot)
    detail = "final and without error, and the account does not show it"
    return _failed(Failure("LandedWithoutEffect", FailureClass.UNKNOWN, detail), slot)


async def _is_final(signed: Signed, tools: Tools) -> bool:
    known = await endlessly(lambda: tools.watcher.statuses([signed.signature], search=True))
    status = known.get(signed.signature)
    return status is not None and status.finalized


async def _look_for_doubles(intent: Intent, signed: Signed, tools: Tools) -> None:
    """Count what must never happen: an earlier signature of the intent that landed as well."""
    earlier = [name for name in await tools.store.signatures(intent) if name != signed.signature]
    if not earlier:
        return
    known = await endlessly(lambda: tools.watcher.statuses(earlier, search=True))
    said = [name for name, status in known.items() if status.err is None and status.confirmed]
    if twice := [name for name in said if await _succeeded(name, tools)]:
        metrics.DOUBLE_SENDS.inc()
        log.error("double_send", intent=intent.id, signatures=[signed.signature, *twice])


async def _succeeded(signature: str, tools: Tools) -> bool:
    """By the transaction itself: a status alone has been caught hiding errors."""
    result = await endlessly(lambda: tools.rpc.get_transaction(signature))
    return result is not None and (result.get("meta") or {}).get("err") is None


def _failed(failure: Failure, slot: int | None = None) -> Ending:
    name, failure_class, detail, index = failure
    told = {"error": name, "instruction": index}
    return Ending(Stage.FAILED, told, slot, name, failure_class.value, detail)


def _count(intent: Intent, ending: Ending) -> None:
    if ending.stage is Stage.DONE:
        metrics.SUCCESSES.labels(intent.action, str(ending.detail["how"])).inc()
    else:
        metrics.FAILURES.labels(
            intent.action, ending.error_name or "", ending.error_class or ""
        ).inc()
