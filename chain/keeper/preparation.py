"""From an intent to a message worth signing: the account judges, the simulation tries, a price is put."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from chain.keeper.actions import Done, Ready, Refused, authorities, judge
from chain.keeper.fees import FeePolicy, Quote, quote
from chain.keeper.patience import patiently
from chain.keeper.reader import Reader, Seen
from chain.keeper.signers import SignerMissing, Signers
from chain.keeper.store import Intent, Store
from chain.keeper.transaction import (
    Forbidden,
    check,
    instructions_of,
    message_of,
    unsigned,
)
from chain.keeper.watcher import Watcher
from chain.program.errors import Failure, FailureClass, name_failure
from chain.program.interface import Program
from chain.rpc import Rpc
from chain.rpc_errors import Transient

log = structlog.get_logger()


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
    final_reader: Reader  # the same at `finalized`
    watcher: Watcher
    program: Program
    signers: Signers
    policy: FeePolicy
    most_signatures: int
    budget_lock: asyncio.Lock


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
        raise NotSent(envelope(error)) from error
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
    # Behind one address may stand many nodes: who tried it may be ahead of who tells accounts.
    unclear = failure.failure_class is FailureClass.UNKNOWN
    if unclear and await patiently(lambda: shows_done(intent, tools, since=outcome.slot)):
        return Done()
    raise NotSent(failure)


async def shows_done(intent: Intent, tools: Tools, *, since: int) -> bool:
    """Whether the account says so at that slot or later.

    Raises:
        RpcError: the node did not answer, or is behind the slot: it could not know yet.
    """
    seen = await tools.reader.see(intent.market_address)
    if seen.slot < since:
        raise Transient("getMultipleAccounts", f"at slot {seen.slot}, behind {since}")
    return isinstance(judge(intent.action, intent.args, seen.market), Done)


def envelope(error: Exception) -> Failure:
    return Failure(type(error).__name__, FailureClass.PERMANENT, str(error))
