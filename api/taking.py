"""Taking a posted ballot: whose allowance it costs, and when; the one way in for lane and routes."""

from typing import Any

from fastapi import Response
from starlette.status import HTTP_200_OK, HTTP_202_ACCEPTED

from api import ballots, misuse, reading
from api.caller import Caller
from api.front import over_limit
from api.models.ballots import SignedBallot
from api.service import Service
from votes import ballot as text
from votes.ballot import Ballot
from votes.intake import Receipt
from votes.problems import BallotRefusedError
from votes.store import VerifiedBallot


async def take(service: Service, caller: Caller, ballot: Ballot, body: SignedBallot) -> Response:
    """Store a ballot and answer its receipt.

    The caller's limit is charged first, for looking costs a signature check; the wallet's only for
    what it signed itself and never for a ballot that is stored already: those are public, and
    anybody can post them again.

    Raises:
        Problem: it is refused, or over a limit; nothing is stored.
    """
    if caller.counted_as.startswith("ip:"):  # a key has its own limit instead
        limit = service.settings.limit_ballots_per_ip
        await _charge(service, f"ballots:{caller.counted_as}", limit)
    domain = await service.ballots.domain()
    try:
        verified = await service.ballots.intake.verify(
            ballot,
            domain,
            signature=body.signature,
            encoding=body.encoding,
            signed_text=body.message,
        )
        receipt = await _store(service, verified)
    except BallotRefusedError as refusal:
        raise ballots.refused(await misuse.named(service, refusal, ballot, body)) from refusal
    status = HTTP_200_OK if receipt.repeated else HTTP_202_ACCEPTED
    return reading.unkept(_receipt(ballot, receipt), status=status)


async def _store(service: Service, verified: VerifiedBallot) -> Receipt:
    """Store a ballot within its wallet's limit, which holds under any key.

    The first of a wallet is not counted, all others are, so the limit that is counted is one less.
    """
    office, wallet = service.ballots, verified.ballot.wallet
    if office.newcomers.greet(wallet):
        receipt = await office.intake.store(verified)
        if receipt.repeated:
            office.newcomers.forget(wallet)  # maybe posted by others: its own first is to come
        return receipt
    known = await office.intake.known(verified)
    if known is not None:
        return known
    limit = service.settings.limit_ballots_per_wallet - 1
    await _charge(service, f"ballots:wallet:{wallet}", limit)
    return await office.intake.store(verified)


async def _charge(service: Service, name: str, limit: int) -> None:
    """Count one ballot; while Redis is away each process counts alone.

    Raises:
        Problem: 429, the limit is used up.
    """
    verdict = service.limiter.at_hand(name, limit) or await service.limiter.ask(name, limit)
    if not verdict.allowed:
        refusal = over_limit(verdict)
        # The headers of the answer are those of the caller's general limit, which is not out.
        refusal.headers["Retry-After"] = str(verdict.reset_s)
        raise refusal


def ballot_of(market_id: str, kind: str, body: SignedBallot) -> Ballot:
    """What was posted, as votes knows it."""
    return Ballot(
        market_id=market_id,
        kind=kind,
        round=body.round,
        choice=body.choice,
        wallet=body.wallet,
        nonce=body.nonce,
        issued_at=body.issued_at,
        expires_at=body.expires_at,
    )


def _receipt(ballot: Ballot, receipt: Receipt) -> dict[str, Any]:
    return {
        "seq": receipt.seq,
        "market_id": ballot.market_id,
        "kind": ballot.kind,
        "round": ballot.round,
        "wallet": ballot.wallet,
        "choice": ballot.choice,
        "nonce": ballot.nonce,
        "received_at": text.format_time(receipt.received_at),
    }
