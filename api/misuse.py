"""What a signature that is not this ballot's signs instead, as far as we can tell.

Only a refusal gets a better name by it: nothing is taken that was not.
"""

import contextlib

from redis.exceptions import RedisError

from api import signin
from api.models.ballots import SignedBallot
from api.service import Service
from votes import elsewhere
from votes.ballot import Ballot
from votes.problems import BallotRefusedError, Problem


async def named(
    service: Service, refusal: BallotRefusedError, ballot: Ballot, body: SignedBallot
) -> BallotRefusedError:
    """The refusal, or one that says what was signed: another market's ballot, a sign-in."""
    if refusal.problem is not Problem.BAD_SIGNATURE:
        return refusal
    domain = await service.ballots.domain()
    async with service.database.service.acquire() as connection:
        other = await elsewhere.market(
            connection, ballot, domain, signature=body.signature, encoding=body.encoding
        )
    if other is not None:
        return BallotRefusedError(
            Problem.WRONG_MARKET, f"this is a ballot for market {other}, not {ballot.market_id}"
        )
    if await _signs_in(service, body):
        return BallotRefusedError(
            Problem.NOT_A_BALLOT, "this signature is over a text to sign in with, not a ballot"
        )
    return refusal


async def _signs_in(service: Service, body: SignedBallot) -> bool:
    message = None
    with contextlib.suppress(RedisError, OSError):  # then it stays a bad signature
        message = await signin.Nonces(service.redis).last(body.wallet)
    return message is not None and signin.is_signed(
        message,
        wallet=body.wallet,
        signature=body.signature,
        encoding=body.encoding,
        domain=service.settings.domain,
    )
