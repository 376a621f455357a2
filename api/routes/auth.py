"""Sign-in with Solana: a nonce, a signature, a short-lived token."""

import secrets
from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Response

from api import problems, signin
from api.caller import Caller
from api.deps import CallerDep, ServiceDep
from api.front import over_limit
from api.models.auth import Bearer, Challenge, Proof, Who
from api.reading import JSON
from api.routes.documented import refusals
from api.service import Service

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/nonce", response_model=Challenge, responses=refusals(400, 413))
async def make_nonce(service: ServiceDep, caller: CallerDep, who: Who) -> Response:
    """The text a wallet signs to sign in."""
    await _count(service, caller)
    now = datetime.now(UTC)
    nonce = secrets.token_hex(16)
    domain = await service.ballots.domain()
    message = signin.text(
        domain=domain.domain, chain=domain.chain, wallet=who.wallet, nonce=nonce, now=now
    )
    await signin.Nonces(service.redis).keep(nonce, who.wallet, message)
    return _private(
        {"nonce": nonce, "message": message, "expires_at": (now + signin.GOOD_FOR).isoformat()}
    )


@router.post("/verify", response_model=Bearer, responses=refusals(400, 413))
async def verify(service: ServiceDep, caller: CallerDep, proof: Proof) -> Response:
    """A token for a wallet that signed its text; the nonce is used up by the attempt."""
    await _count(service, caller)
    message = await signin.Nonces(service.redis).take(proof.nonce, proof.wallet)
    if not signin.is_signed(
        message,
        wallet=proof.wallet,
        signature=proof.signature,
        encoding=proof.encoding,
        domain=service.settings.domain,
    ):
        raise problems.unauthorized("The signature is not the wallet's over this text.")
    tokens = service.tokens
    told = {"token": tokens.mint(proof.wallet), "token_type": "Bearer", "wallet": proof.wallet}
    return _private(told | {"expires_in": tokens.ttl_s})


async def _count(service: Service, caller: Caller) -> None:
    """Stricter than reading, and closed while Redis is away: a nonce could be used twice."""
    limit = service.settings.limit_auth_per_ip
    verdict = await service.limiter.ask(f"auth:{caller.address}", limit, fail_open=False)
    if not verdict.allowed:
        raise over_limit(verdict)


def _private(body: dict[str, object]) -> Response:
    return Response(
        orjson.dumps(body), media_type=JSON, headers={"Cache-Control": "private, no-store"}
    )
