"""Votes on proposals and disputes: how they stand."""

from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Request, Response

from api import reading
from api.deps import MarketDep, ServiceDep
from api.markets import MarketRef
from api.models.base import One
from api.models.votes import Kind, Tally
from api.routes.documented import refusals
from api.service import Service
from votes import store

router = APIRouter(tags=["votes"])

#: Ballots arrive without a word in the stream, so a tally is kept this long at most.
MAX_AGE_S = 1.0
#: What of a recorded count is shown as it is.
SHOWN = (
    "decision", "decided_by", "in_favour", "against", "threshold_bps", "quorum", "eligibility",
    "counted_root", "rejected_root", "rejected", "cutoff_seq", "memo", "computed_at",
)  # fmt: skip


@router.get("/votes/{market_id}", response_model=One[Tally], responses=refusals(304, 404))
async def get_tally(
    request: Request, service: ServiceDep, market: MarketDep, kind: Kind = "proposal"
) -> Response:
    """A vote as it stands: each wallet counts once, a vote on chain before any ballot."""
    answer = await reading.public(request, service, market.market_id, MAX_AGE_S)
    told = await _tally(service, market, kind)
    return answer.one(orjson.dumps(told).decode())


async def _tally(service: Service, market: MarketRef, kind: Kind) -> dict[str, object]:
    row = await service.database.row("tally", market.market_address, kind)
    assert row is not None  # MarketDep found it
    rules = service.settings
    quorum = rules.proposal_min_voters if kind == "proposal" else rules.dispute_quorum
    voters = row["in_favour"] + row["against"]
    threshold = row["threshold_bps"]  # null until the program's configuration has been seen
    reached = (
        threshold is not None
        and voters >= quorum
        and row["in_favour"] * 10_000 // voters >= threshold
    )
    return {
        **row,
        "kind": kind,
        "quorum": quorum,
        "eligibility": rules.vote_eligibility,
        "reached": reached,
        "decided": await _decided(service, row["market_id"], kind, row["round"]),
    }


async def _decided(
    service: Service, market_id: str | None, kind: Kind, round_: str | None
) -> dict[str, object] | None:
    """The recorded count of this round: the tally, and apart from it what was sent."""
    row = await service.database.service.fetchrow(store.sql("latest_tally"), market_id, kind)
    if row is None or row["round"] != round_:
        return None
    own = (row["in_favour"], row["against"])
    told = (row["sent_in_favour"], row["sent_against"])
    sent = None
    if row["memo"] is not None:
        sent = dict(zip(("in_favour", "against"), own if None in told else told, strict=True))
    chain_until = datetime.fromtimestamp(row["chain_until"], UTC)
    return {name: row[name] for name in SHOWN} | {"sent": sent, "chain_until": chain_until}
