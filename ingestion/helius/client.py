"""Helius' webhook management API: `/v0/webhooks[/{id}]?api-key=`, 100 credits a change."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from ingestion.helius.reconcile import Action

HELIUS_URL = "https://api.helius.xyz"
TIMEOUT_S = 15.0

_METHODS = {"create": "POST", "edit": "PUT", "enable": "PATCH"}


class HeliusError(Exception):
    """A call that failed; the message holds neither key nor secret."""

    def __init__(self, what: str, status: int | None) -> None:
        super().__init__(what if status is None else f"{what}: HTTP {status}")
        self.status = status

    @property
    def transient(self) -> bool:
        """Whether the same call may work later: everything but their word that it is wrong."""
        return self.status is None or self.status in (408, 429) or self.status >= 500


class HeliusClient:
    """One account's webhooks."""

    def __init__(self, api_key: str, *, url: str = HELIUS_URL) -> None:
        self._client = httpx2.AsyncClient(
            base_url=f"{url}/v0", params={"api-key": api_key}, timeout=TIMEOUT_S
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def webhooks(self) -> list[dict[str, Any]]:
        """All of them.

        Raises:
            HeliusError: the call failed.
        """
        found: list[dict[str, Any]] = (await self._call("GET", "/webhooks", None)).json()
        return found

    async def do(self, action: Action) -> None:
        """Carry out what `reconcile` found.

        Raises:
            HeliusError: the call failed; doing it again later is safe.
        """
        path = "/webhooks" if action.webhook_id is None else f"/webhooks/{action.webhook_id}"
        await self._call(_METHODS[action.kind], path, action.body)

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> httpx2.Response:
        try:
            response = await self._client.request(method, path, json=body)
        except httpx2.HTTPError as error:
            raise HeliusError(f"{method} {path}: {type(error).__name__}", None) from None
        if response.status_code >= 300:
            raise HeliusError(f"{method} {path}", response.status_code)
        return response
