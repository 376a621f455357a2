"""Ballots: the text to sign, their intake, and everything needed to recount them."""

from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Query, Response
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.status import HTTP_202_ACCEPTED

from api import cursors, problems, reading, taking
from api.deps import CallerDep, Cursor, Limit, MarketDep, ServiceDep, Wallet
from api.markets import NAME
from api.models.ballots import (
    BallotReceipt,
    BallotText,
    Choice,
    InclusionProof,
    PublicBallot,
    SignedBallot,
)
from api.models.base import Address, One, Page
from api.models.votes import Kind
from api.routes.documented import refusals
from votes import ballot as text

router = APIRouter(tags=["votes"])


class _MarketName(StringConvertor):
    """A path's part that names a market: what else is posted under /votes is another route's."""

    regex = NAME


register_url_convertor("market", _MarketName())

#: The same ballot posted again.
REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"model": BallotReceipt, "description": "It was taken before; the same receipt."}
}
Voter = Annotated[Address, Query(description="Who votes.")]


@router.get("/votes/{market_id}/message", response_model=BallotText, responses=refusals(404))
async def get_message(
    service: ServiceDep, market: MarketDep, wallet: Voter, choice: Choice, kind: Kind = "proposal"
) -> Response:
    """The text to sign for a vote, with the values to post beside its signature."""
    phase = await service.ballots.intake.phase(market.market_id)
    round_ = phase.rounds[kind] if phase else None
    if round_ is None:
        raise problems.not_found(f"open {kind} vote in this market")
    ballot = text.draft(
        market_id=market.market_id,
        kind=kind,
        round_=round_,
        choice=choice,
        wallet=wallet,
        now=datetime.now(UTC),
    )
    domain = await service.ballots.domain()
    body = {
        "message": ballot.text(domain),
        "market_id": ballot.market_id,
        "kind": kind,
        "wallet": wallet,
        "choice": choice,
        "nonce": ballot.nonce,
        "round": ballot.round,
        "issued_at": ballot.issued_at,
        "expires_at": ballot.expires_at,
    }
    return reading.unkept(body)


@router.post(
    "/votes/proposal/{market_id}",
    response_model=BallotReceipt,
    status_code=HTTP_202_ACCEPTED,
    responses=REPEATED | refusals(400, 404, 409, 413),
)
async def post_proposal_vote(
    service: ServiceDep, caller: CallerDep, market: MarketDep, body: SignedBallot
) -> Response:
    """Like or dislike a proposed market; a newer ballot of the same wallet replaces an older."""
    return await taking.take(
        service, caller, taking.ballot_of(market.market_id, "proposal", body), body
    )


@router.post(
    "/votes/dispute/{market_id}",
    response_model=BallotReceipt,
    status_code=HTTP_202_ACCEPTED,
    responses=REPEATED | refusals(400, 404, 409, 413),
)
async def post_dispute_vote(
    service: ServiceDep, caller: CallerDep, market: MarketDep, body: SignedBallot
) -> Response:
    """Agree or disagree with the dispute of a market's outcome."""
    return await taking.take(
        service, caller, taking.ballot_of(market.market_id, "dispute", body), body
    )


@router.post("/votes/{kind}/{market_id:market}", include_in_schema=False)
async def post_unknown_vote(kind: str) -> Response:
    """Anything but a proposal or a dispute; the market is not even looked for."""
    raise problems.unknown_kind(kind)


@router.get(
    "/votes/{market_id}/ballots", response_model=Page[PublicBallot], responses=refusals(400, 404)
)
async def list_ballots(
    service: ServiceDep,
    market: MarketDep,
    kind: Kind = "proposal",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Everything that was cast, replaced ballots too, so that anybody can recount."""
    scope = cursors.scope(f"/ballots/{market.market_id}", {"kind": kind})
    part, seq, voter = service.cursors.open(scope, cursor, 3) if cursor else ["0", "0", ""]
    rows = await service.database.service_rows(
        "ballots", market.market_id, kind, int(part or 0), int(seq or 0), voter, limit + 1
    )
    shown = rows[:limit]
    next_cursor = None
    if len(rows) > limit:
        next_cursor = service.cursors.seal(scope, _place(shown[-1]))
    bodies = [orjson.dumps(_public(row)).decode() for row in shown]
    head = reading.page_head(bodies, next_cursor)
    return reading.private(head, await service.as_of())


@router.get(
    "/votes/{market_id}/proof/{wallet}",
    response_model=One[InclusionProof],
    responses=refusals(404),
)
async def get_proof(
    service: ServiceDep, market: MarketDep, wallet: Wallet, kind: Kind = "proposal"
) -> Response:
    """Where a wallet's vote is in the tree whose root the tally's memo carries."""
    async with service.database.service.acquire() as connection:
        proof = await service.ballots.proofs.find(
            connection, market_id=market.market_id, kind=kind, wallet=wallet
        )
    if proof is None:
        raise problems.not_found(f"counted vote of {wallet} in this market")
    body = {
        "market_id": market.market_id,
        "kind": kind,
        "round": proof.round,
        "wallet": wallet,
        "counted": proof.counted,
        "reason": proof.reason,
        "leaf": proof.leaf.hex(),
        "path": [{"side": side, "hash": sibling.hex()} for side, sibling in proof.path],
        "root": proof.root.hex(),
        "decision": proof.decision,
    }
    return reading.private(b'{"data":' + orjson.dumps(body) + b",", await service.as_of())


def _public(row: asyncpg.Record) -> dict[str, Any]:
    shown = {key: value for key, value in row.items() if key not in {"part", "place"}}
    return {**shown, "cast_at": text.format_time(row["cast_at"])}


def _place(row: asyncpg.Record) -> list[str]:
    return [str(row["part"]), str(row["seq"] or 0), row["wallet"] if row["part"] else ""]
