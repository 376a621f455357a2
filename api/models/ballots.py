"""Ballots: what is posted, what is answered, what is public."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.models.base import Address, Document, MarketId, Signature, Time
from api.models.votes import Kind

Choice = Literal["like", "dislike", "agree", "disagree"]
Encoding = Literal["raw", "ocms"]
#: Times stay text: the signed text holds them as they were written.
SignedTime = Annotated[str, Field(max_length=40, examples=["2026-11-24T04:00:00.000Z"])]


class BallotText(Document):
    """A ballot ready to be signed: `message` is the text, the rest goes back with the signature."""

    message: str
    market_id: MarketId
    kind: Kind
    wallet: Address
    choice: Choice
    nonce: int
    round: str
    issued_at: SignedTime
    expires_at: SignedTime


class SignedBallot(Document):
    """A ballot as it is posted."""

    model_config = ConfigDict(extra="ignore")

    wallet: Annotated[str, Field(max_length=64)]
    choice: Choice
    nonce: Annotated[int, Field(ge=0, lt=2**53)]
    round: Annotated[str, Field(max_length=128)]
    issued_at: SignedTime
    expires_at: SignedTime
    signature: Annotated[str, Field(max_length=128, description="base58")]
    encoding: Encoding = "raw"
    message: Annotated[
        str | None,
        Field(max_length=2000, description="The text as signed; lets a refusal say what differs."),
    ] = None


class BallotReceipt(Document):
    """Proof of intake; posting the same bytes again answers the same."""

    seq: int
    market_id: MarketId
    kind: Kind
    round: str
    wallet: Address
    choice: Choice
    nonce: int
    received_at: Time


class PublicBallot(Document):
    """A vote as anyone may recount it; `signed_bytes` is base64, null for votes cast on chain."""

    seq: int | None
    wallet: Address
    choice: Choice
    kind: Kind
    source: Literal["offchain", "onchain"]
    round: str | None
    nonce: int | None
    encoding: Encoding | None
    signed_bytes: str | None
    signature: Signature | None
    cast_at: Time


class ProofStep(Document):
    """A sibling on the way to the root."""

    side: Literal["left", "right"]
    hash: str


class InclusionProof(Document):
    """That a wallet's vote is in the counted (or the rejected) tree of a tally.

    Hash `leaf` with each step, sibling on its side, as sha256(0x01 || left || right): the last
    result is `root`.
    """

    market_id: MarketId
    kind: Kind
    round: str
    wallet: Address
    counted: bool
    reason: str | None
    leaf: str
    path: list[ProofStep]
    root: str
    decision: str
