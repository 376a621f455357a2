"""The second opinion before anything is sent: the recount, on public ballots and the chain alone."""

import asyncio
import base64
from typing import Any

import asyncpg

from orchestration.settings import OrchestrationSettings
from votes import store
from votes.aggregate import Question
from votes.memo import TallyMemo
from votes.recount.chain import Chain
from votes.recount.verify import Verdict, verify_memo


async def differs(
    connection: asyncpg.Connection,
    question: Question,
    memo: TallyMemo,
    settings: OrchestrationSettings,
) -> str | None:
    """Where the recount differs from a memo, in words; None when both agree.

    Raises:
        ForgedBallotError: a stored ballot is not its wallet's.
        RpcError, httpx2.HTTPError: the node cannot say.
    """
    published = await _published(connection, question)
    verdict = await asyncio.to_thread(_verify, settings, memo, published)
    return (
        "; ".join(
            f"{line.what}: {line.expected} here, {line.found} there"
            for line in verdict.lines
            if not line.agrees
        )
        or None
    )


def _verify(
    settings: OrchestrationSettings, memo: TallyMemo, published: list[dict[str, Any]]
) -> Verdict:
    with Chain(settings.chain_url) as chain:
        return verify_memo(chain, settings.program_id, memo, published)


async def _published(connection: asyncpg.Connection, question: Question) -> list[dict[str, Any]]:
    """The question's ballots as the API publishes them."""
    ballots = await store.ballots_of_round(
        connection, market_id=question.market_id, kind=question.kind, round_=question.round
    )
    return [
        {
            "seq": ballot.seq,
            "wallet": ballot.wallet,
            "signature": ballot.signature,
            "signed_bytes": base64.b64encode(ballot.signed_bytes).decode(),
        }
        for ballot in ballots
    ]
