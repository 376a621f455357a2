"""What a client may say on a socket; anything else is an error with a code."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

EVERY_MARKET = "*"
MAX_SEQ = 2**63 - 1

#: Clients give their requests ids of their own; they are echoed.
RequestId = Annotated[str, Field(max_length=64)] | int | None


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: RequestId = None


class After(BaseModel):
    """Where a client left off: a market's seq, or the position for all markets."""

    model_config = ConfigDict(extra="forbid")

    epoch: str = Field(max_length=64)
    seq: int | None = Field(None, ge=0, le=MAX_SEQ)
    pos: int | None = Field(None, ge=0, le=MAX_SEQ)


class Subscribe(_Asked):
    """Follow one market (by id or address), or all of them."""

    type: Literal["subscribe:market"]
    market_id: str = Field(
        max_length=64, pattern=r"^(\*|[0-9a-f]{64}|[1-9A-HJ-NP-Za-km-z]{32,44})$"
    )
    after: After | None = None


class Unsubscribe(_Asked):
    """Follow a market no longer."""

    type: Literal["unsubscribe:market"]
    market_id: str = Field(max_length=64)


class Ping(_Asked):
    """Are you there?"""

    type: Literal["ping"]


class Auth(_Asked):
    """Show a wallet's token or an API key."""

    type: Literal["auth"]
    token: str | None = Field(None, max_length=4096)
    key: str | None = Field(None, max_length=256)


Asked = Subscribe | Unsubscribe | Ping | Auth


class Message(RootModel[Annotated[Asked, Field(discriminator="type")]]):
    """One message from a client."""
