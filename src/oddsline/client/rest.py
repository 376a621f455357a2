"""Lists as iterators: the cursor is the client's business, not the caller's."""

from collections.abc import Iterator
from typing import Any

import httpx2


class Rest:
    """The API's public side, with a key or a wallet's token where there is one."""

    def __init__(self, base_url: str, *, key: str | None = None, token: str | None = None) -> None:
        headers = {"X-API-Key": key} if key else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx2.Client(base_url=base_url, headers=headers, timeout=10)

    def one(self, path: str, **params: Any) -> dict[str, Any]:
        """A single object's `data`.

        Raises:
            httpx2.HTTPStatusError: the API refused; the body is a problem document.
        """
        answer = self._http.get(path, params=params).raise_for_status()
        data: dict[str, Any] = answer.json()["data"]
        return data

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        cursor: str | None = None
        while True:
            asked = params | ({"cursor": cursor} if cursor else {})
            page = self._http.get(path, params=asked).raise_for_status().json()
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def close(self) -> None:
        self._http.close()
