"""What a pure function said, looked up like a dict: a third of the time of `lru_cache` for bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V]):
    """`remembered[key]` is `make(key)`; past `most` keys the memory starts anew.

    What `make` raises is raised by the look-up and not remembered.
    """

    __slots__ = ("_make", "_most")

    def __init__(self, make: Callable[[K], V], most: int) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, key: K) -> V:
        value = self._make(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value
