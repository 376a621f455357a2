"""A signature that does not hold here may hold for another market: then that is what is wrong."""

from dataclasses import replace

import asyncpg

from votes import ballot as ballots
from votes import store
from votes.ballot import Ballot, Domain
from votes.problems import BallotRefusedError


async def market(
    connection: asyncpg.Connection,
    ballot: Ballot,
    domain: Domain,
    *,
    signature: str,
    encoding: str,
) -> str | None:
    """The other market that the signature is the same ballot for, by its id.

    A round belongs to one market, so the posted one tells where to look.

    Args:
        connection: may read raw and marts.
        ballot: what was posted, under the market it was posted to.
        domain: the deployment it is bound to.
        signature: base58.
        encoding: `raw` or `ocms`.
    """
    rows = await connection.fetch(store.sql("markets_of_round"), ballot.round)
    for row in rows:
        meant = replace(ballot, market_id=row["market_id"])
        if meant != ballot and _holds(meant, domain, signature=signature, encoding=encoding):
            return meant.market_id
    return None


def _holds(ballot: Ballot, domain: Domain, *, signature: str, encoding: str) -> bool:
    try:
        ballots.signed_bytes(ballot, domain, signature=signature, encoding=encoding)
    except BallotRefusedError:
        return False
    return True
