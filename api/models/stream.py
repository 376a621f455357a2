"""What the stream tells, as REST pages show it."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from api.models.base import MarketId


class Change(BaseModel):
    """A message as sockets get it (asyncapi.yaml has each type), without per-connection members."""

    model_config = ConfigDict(extra="allow")

    type: str
    market_id: MarketId
    seq: int
    pos: int
    data: dict[str, Any] | None = None
