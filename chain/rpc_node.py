"""The wire to one Solana RPC node: a call, its time limit, its failure's class."""

from __future__ import annotations

import asyncio
import itertools
from types import TracebackType
from typing import Any, Literal, Self

import httpx2
import msgspec

from chain.rpc_errors import Transient, error_for, error_for_status

Commitment = Literal["processed", "confirmed", "finalized"]


class Node:
    """A node. `timeout` in seconds, for every call as a whole."""

    def __init__(
        self, url: str, *, commitment: Commitment = "confirmed", timeout: float = 10.0
    ) -> None:
        self.commitment = commitment
        self._url = url
        self._ids = itertools.count(1)
        limits = httpx2.Limits(max_connections=64, max_keepalive_connections=32)
        self._timeout = timeout
        self._client = httpx2.AsyncClient(timeout=timeout, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def call(self, method: str, *params: Any) -> Any:
        """Any method.

        Raises:
            RpcError: of the class that says what to do about it.
        """
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.post(
                    self._url,
                    content=msgspec.json.encode(request),
                    headers={"content-type": "application/json"},
                )
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Transient(method, type(error).__name__) from error
        answer = _answer(response.content)
        if answer is not None and "error" in answer:
            raise error_for(method, answer["error"])
        if response.status_code != 200:
            retry_after = response.headers.get("retry-after")
            raise error_for_status(method, response.status_code, retry_after)
        if answer is None or "result" not in answer:
            raise Transient(method, "the answer is no JSON-RPC")
        return answer["result"]

    def at(self, commitment: Commitment | None, **more: Any) -> dict[str, Any]:
        """Options with a commitment, the node's own by default; what is None is left out."""
        options = {"commitment": commitment or self.commitment, **more}
        return {name: value for name, value in options.items() if value is not None}


def _answer(content: bytes) -> dict[str, Any] | None:
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
