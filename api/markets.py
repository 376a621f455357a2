"""Which market a path names: its id in hex or its address."""

import re
from dataclasses import dataclass

from api import problems
from api.database import Database

#: 64 hex digits, or a base58 public key.
NAME = "[0-9a-f]{64}|[1-9A-HJ-NP-Za-km-z]{32,44}"
PATTERN = rf"^({NAME})$"
ID = re.compile(r"[0-9a-f]{64}")
MAX_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class MarketRef:
    """A market's two names."""

    market_id: str
    market_address: str


class Directory:
    """Remembers both names of each market: they belong together for ever."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, MarketRef] = {}

    def known(self, name: str) -> MarketRef | None:
        """The market if it has been asked for before."""
        return self._known.get(name)

    async def find(self, name: str) -> MarketRef:
        """The market named by id or address.

        Raises:
            Problem: 404; there is none, or its id is not known yet.
        """
        ref = self._known.get(name)
        if ref is None:
            query = "market_by_id" if ID.fullmatch(name) else "market_by_address"
            row = await self._database.row(query, name)
            if row is None:
                raise problems.not_found(f"market {name!r}")
            ref = MarketRef(row["market_id"], row["market_address"])
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[ref.market_id] = self._known[ref.market_address] = ref
        return ref
