"""What waits for a client that takes its messages too slowly: bounded, prices coalesced."""

from collections.abc import Iterator

from api.socket.told import Told


class Backlog:
    """Messages in order of position; of a market's prices only the newest stays."""

    __slots__ = ("_kept", "_limit")

    def __init__(self, limit: int) -> None:
        self._kept: dict[tuple[str, int], Told] = {}
        self._limit = limit

    def push(self, told: Told) -> bool:
        """Keep a message; False when there is no room for one more that must not be lost."""
        key = (told.market_id, 0 if told.coalesces else told.pos)
        self._kept.pop(key, None)  # so that the newer price stands at the end
        if len(self._kept) >= self._limit:
            return False
        self._kept[key] = told
        return True

    def drain(self) -> Iterator[Told]:
        """Everything kept, oldest first; the backlog is empty afterwards."""
        kept, self._kept = self._kept, {}
        return iter(kept.values())

    def __len__(self) -> int:
        return len(self._kept)
