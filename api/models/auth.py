"""Sign-in with Solana."""

from typing import Literal

from pydantic import Field

from api.models.base import Address, Document, Signature, Time


class Who(Document):
    """Who wants to sign in."""

    wallet: Address


class Challenge(Document):
    """The text to sign; good once, until `expires_at`."""

    nonce: str
    message: str
    expires_at: Time


class Proof(Document):
    """The signed text."""

    wallet: Address
    nonce: str = Field(pattern=r"^[0-9a-f]{32}$")
    signature: Signature
    encoding: Literal["raw", "ocms"] = "raw"


class Bearer(Document):
    """A token for `Authorization: Bearer …`."""

    token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    wallet: Address
