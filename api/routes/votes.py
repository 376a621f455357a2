"""Votes on proposals and disputes: how they stand."""

import orjson
from fastapi import APIRouter, Request, Response

from api import reading
from api.deps import MarketDep, ServiceDep
from api.markets import MarketRef
from api.models.base import One
from api.models.votes import Kind, Tally
from api.routes.documented import refusals
from api.service import Service

router = APIRouter(tags=["votes"])

#: Ballots arrive without a word in the stream, so a tally is kept this long at most.
MAX_AGE_S = 1.0
#: The program's own defaults, until its GlobalConfig account has been seen.
THRESHOLD_BPS = {"proposal": 7000, "dispute": 6000}


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
    threshold = THRESHOLD_BPS[kind]
    voters = row["in_favour"] + row["against"]
    reached = voters > 0 and row["in_favour"] * 10_000 // voters >= threshold
    return {**row, "kind": kind, "threshold_bps": threshold, "quorum": 1, "reached": reached}
