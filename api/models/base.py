"""Types that every answer is made of."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

#: Lamports, shares or prices (9 decimals) as the exact text of an integer.
Amount = Annotated[str, Field(pattern=r"^-?\d+$", examples=["1100000000"])]
MarketId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["ab" * 32])]
Address = Annotated[
    str,
    Field(
        pattern=r"^[1-9A-HJ-NP-Za-km-z]{32,44}$",
        examples=["So11111111111111111111111111111111111111112"],
    ),
]
Signature = Annotated[str, Field(pattern=r"^[1-9A-HJ-NP-Za-km-z]{43,88}$", examples=["5" * 88])]
Time = Annotated[datetime, Field(examples=["2026-11-24T04:00:00Z"])]


class Document(BaseModel):
    """A part of an answer: exactly these members."""

    model_config = ConfigDict(extra="forbid")


class AsOf(Document):
    """What the answer holds: everything up to `pos`, which was told at `slot`."""

    slot: int = Field(description="The last slot that has been told.")
    pos: int = Field(description="The position in the stream of changes.")
    lag_ms: int = Field(description="Age of the oldest row landed and not yet folded; 0 if none.")


T = TypeVar("T")


class One(Document, Generic[T]):
    """A single object with its freshness."""

    data: T
    as_of: AsOf


class Page(Document, Generic[T]):
    """A page of a list; `next_cursor` is null on the last one."""

    data: list[T]
    next_cursor: str | None
    as_of: AsOf


class FieldError(Document):
    """What is wrong with one part of a request."""

    in_: str = Field(alias="in", examples=["query"])
    name: str = Field(examples=["limit"])
    detail: str


class ProblemDocument(Document):
    """RFC 9457."""

    type: str = Field(examples=["urn:oddsline:problem:not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no market 'ab…'."])
    instance: str = Field(examples=["/markets/abab"])
    errors: list[FieldError] | None = None
