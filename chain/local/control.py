"""`/_local/…`: the knobs of a private chain, for tests, chaos and nobody else."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chain.local.chain import Chain
from chain.local.faults import Faults, Plan
from oddsline.health import Answer

Json = Any


class CloseSlot(Protocol):
    """Closes the open slot, the clock set forward, all but one of `slots` skipped."""

    async def __call__(self, *, seconds: float, slots: int) -> None: ...


class Warp(BaseModel):
    """How far to go."""

    model_config = ConfigDict(extra="forbid")
    seconds: float = 0
    slots: int = Field(1, ge=1)


class Fork(BaseModel):
    """How many slots fall off, and what share of their transactions lands again."""

    model_config = ConfigDict(extra="forbid")
    depth: int = Field(ge=1)
    replace: float = Field(0, ge=0, le=1)


class Control:
    """Answers the control routes."""

    def __init__(self, chain: Chain, faults: Faults, close_slot: CloseSlot) -> None:
        """Everything that a private chain lets itself be told to."""
        self._chain = chain
        self._faults = faults
        self._close_slot = close_slot

    async def answer(self, method: str, path: str, body: bytes) -> Answer | None:
        """POST /_local/warp, /_local/fork, /_local/faults; GET /_local/faults."""
        if (method, path) == ("GET", "/_local/faults"):
            return _json(200, self._told())
        routes: dict[str, Callable[[bytes], Awaitable[Json]]] = {
            "/_local/warp": self._warp,
            "/_local/fork": self._fork,
            "/_local/faults": self._order,
        }
        if method != "POST" or path not in routes:
            return None
        try:
            return _json(200, await routes[path](body or b"{}"))
        except ValidationError as wrong:
            return _json(422, wrong.errors(include_url=False, include_context=False))

    async def _warp(self, body: bytes) -> Json:
        wanted = Warp.model_validate_json(body)
        await self._close_slot(seconds=wanted.seconds, slots=wanted.slots)
        opened = self._chain.blocks.open
        return {"slot": opened.slot, "time": opened.time}

    async def _fork(self, body: bytes) -> Json:
        wanted = Fork.model_validate_json(body)
        retracted, replaced = self._faults.fork(self._chain, wanted.depth, wanted.replace)
        await self._chain.journal.flush()
        return {"retracted": retracted, "replaced": replaced}

    async def _order(self, body: bytes) -> Json:
        self._faults.order(Plan.model_validate_json(body))
        return self._told()

    def _told(self) -> Json:
        return {"plan": self._faults.plan.model_dump(), "struck": dict(self._faults.struck)}


def _json(status: int, body: Json) -> Answer:
    return Answer(status, orjson.dumps(body))
