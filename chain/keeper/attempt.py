"""One intent's course under one lease, each durable step before the next irreversible one."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from chain.keeper import metrics
from chain.keeper.actions import Done, Ready, Refused, authorities, judge
from chain.keeper.fees import FeePolicy, Quote, quote
from chain.keeper.reader import Reader, Seen
from chain.keeper.signers import SignerMissing, Signers
from chain.keeper.states import Stage
from chain.keeper.store import Ending, Intent, Store
from chain.keeper.transaction import (
    Forbidden,
    Signed,
    check,
    instructions_of,
    message_of,
    sign,
    unsigned,
)
from chain.keeper.watcher import Expired, Landed, Watcher
from chain.program.errors import Failure, FailureClass, name_failure
from chain.program.interface import Program
from chain.rpc import Rpc
from chain.rpc_errors import Permanent, RpcError, Transient

log = structlog.get_logger()
_T = TypeVar("_T")

# A node that is away: so many tries in a row, then the intent waits in the open.
TRIES, FIRST_PAUSE_S, LONGEST_PAUSE_S, POSTPONE_S = 5, 0.2, 3.0, 10.0


class NotSent(Exception):
    """It ends here with nothing sent: `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.name)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Tools:
    """What every attempt works with."""

    store: Store
    rpc: Rpc
    reader: Reader
    watcher: Watcher
    program: Program
    signers: Signers
    policy: FeePolicy
    most_signatures: int
    budget_lock: asyncio.Lock


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
                return Stage.LEASED, _failed(_envelope(refused))
        end = await tools.watcher.follow(signed)
        if isinstance(end, Landed):
            metrics.LANDING.labels(intent.action).observe(time.time() - (sent_at or time.time()))
            return Stage.SENT, await _after(intent, signed, end, tools)
        await _expire(intent, signed, end, tools)
        signed = None
    failure = Failure("BlockhashExpired", FailureClass.TRANSIENT, "no transaction landed in time")
    return Stage.LEASED, _failed(failure)


async def prepare(
    intent: Intent, tools: Tools, *, attempt: int
) -> Done | tuple[Any, Quote, int, int]:
    """Judge by the account, simulate, price: the message to sign, or that nothing is to be done.

    Raises:
        NotSent: it cannot be sent.
        RpcError: the node is away.
    """
    seen = await patiently(lambda: tools.reader.see(intent.market_address))
    verdict = judge(intent.action, intent.args, seen.market)
    if isinstance(verdict, Done):
        return verdict
    if isinstance(verdict, Refused):
        raise NotSent(Failure(verdict.name, verdict.failure_class, verdict.detail))
    try:
        _authorized(verdict, seen, tools.signers)
        instructions = instructions_of(tools.program, tools.signers, verdict, intent.market_address)
        payer = tools.signers.payer(verdict.steps[0].role).address
        blockhash = await patiently(tools.reader.blockhash)
        draft = message_of(instructions, None, payer, blockhash.blockhash)
        check(tools.program, tools.signers, draft)
    except (SignerMissing, Forbidden) as error:
        raise NotSent(_envelope(error)) from error
    units = await _simulate(intent, unsigned(draft), tools)
    if isinstance(units, Done):
        return units
    priced = quote(
        tools.policy,
        await patiently(tools.reader.prices),
        units_used=units,
        attempt=attempt,
        signatures=draft.header.num_required_signatures,
    )
    # An attempt must never repeat an earlier one's bytes: under the same blockhash it would be the
    # same transaction, already failed.
    priced = priced._replace(unit_limit=priced.unit_limit + attempt)
    message = message_of(instructions, priced, payer, blockhash.blockhash)
    return message, priced, blockhash.last_valid_block_height, blockhash.slot


def _authorized(ready: Ready, seen: Seen, signers: Signers) -> None:
    if seen.config is None or seen.market is None:
        raise NotSent(Failure("ConfigGone", FailureClass.PERMANENT, "no GlobalConfig account"))
    accepted = authorities(seen.config, seen.market)
    for step in ready.steps:
        address = signers.of(step.role).address
        if address not in accepted[step.role]:
            detail = f"the chain does not take {address} for {step.role}"
            raise NotSent(Failure("AuthorityMismatch", FailureClass.PERMANENT, detail))


async def _simulate(intent: Intent, wire: bytes, tools: Tools) -> int | Done | None:
    """Compute units used; a failure that the account explains as done is done."""
    outcome = await patiently(lambda: tools.rpc.simulate_transaction(wire))
    if outcome.err is None:
        return outcome.units_consumed
    failure = name_failure(tools.program.codec, outcome.err)
    if failure.failure_class is FailureClass.UNKNOWN and await _shows_done(intent, tools):
        return Done()
    raise NotSent(failure)


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
        seen = await _endlessly(lambda: tools.reader.see(intent.market_address))
        if seen.slot >= end.slot and isinstance(
            judge(intent.action, intent.args, seen.market), Done
        ):
            return Ending(Stage.DONE, {"how": "landed"}, end.slot)
        # Said to have succeeded, yet the account does not show it: the status may be false.
        result = await _endlessly(lambda: tools.rpc.get_transaction(signed.signature))
        err = None if result is None else (result.get("meta") or {}).get("err")
        if err is None and await _is_final(signed, tools):
            return _without_effect(intent, end.slot)
        if err is None:
            await asyncio.sleep(FIRST_PAUSE_S)
    failure = name_failure(tools.program.codec, err)
    if await _endlessly(lambda: _shows_done(intent, tools)):
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
    known = await _endlessly(lambda: tools.watcher.statuses([signed.signature], search=True))
    status = known.get(signed.signature)
    return status is not None and status.finalized


async def _shows_done(intent: Intent, tools: Tools) -> bool:
    seen = await tools.reader.see(intent.market_address)
    return isinstance(judge(intent.action, intent.args, seen.market), Done)


async def _look_for_doubles(intent: Intent, signed: Signed, tools: Tools) -> None:
    """Count what must never happen: an earlier signature of the intent that landed as well."""
    earlier = [name for name in await tools.store.signatures(intent) if name != signed.signature]
    if not earlier:
        return
    known = await _endlessly(lambda: tools.watcher.statuses(earlier, search=True))
    if twice := [name for name, status in known.items() if status.err is None]:
        metrics.DOUBLE_SENDS.inc()
        log.error("double_send", intent=intent.id, signatures=[signed.signature, *twice])


async def patiently(ask: Callable[[], Awaitable[_T]], tries: int = TRIES) -> _T:
    """Ask a node a few times, with growing, jittered pauses.

    Raises:
        RpcError: it kept failing, or said that asking again is no use.
    """
    for tried in range(tries):
        try:
            return await ask()
        except Transient as error:
            metrics.RPC_FAILURES.labels(type(error).__name__).inc()
            if tried == tries - 1:
                raise
            pause = min(FIRST_PAUSE_S * 2**tried, LONGEST_PAUSE_S)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
    raise AssertionError("unreachable")


async def _endlessly(ask: Callable[[], Awaitable[_T]]) -> _T:
    """Ask until the node answers: after something was sent nothing else is an end."""
    while True:
        try:
            return await patiently(ask)
        except (Transient, Permanent) as error:
            log.warning("node_away", error=str(error))
            await asyncio.sleep(LONGEST_PAUSE_S)


def _envelope(error: Exception) -> Failure:
    return Failure(type(error).__name__, FailureClass.PERMANENT, str(error))


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
