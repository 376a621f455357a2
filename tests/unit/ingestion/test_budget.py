"""Calls to a provider: within what we grant ourselves, and 429 is waited out."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chain.rpc_errors import RateLimited, RpcError, Unsupported
from ingestion.ledger.budget import ATTEMPTS, LONGEST_WAIT, Budget, wait


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been slept, without sleeping them."""
    seconds: list[float] = []
    really = asyncio.sleep

    async def sleep(delay: float) -> None:
        seconds.append(delay)
        await really(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return seconds


def failing(times: int, error: RpcError) -> Callable[[], Awaitable[str]]:
    """Fails so often, then answers."""
    left = [error] * times

    async def attempt() -> str:
        if left:
            raise left.pop()
        return "an answer"

    return attempt


async def test_a_429_is_waited_out_as_long_as_the_provider_says(slept: list[float]) -> None:
    """Retry-After counts, not our own guess."""
    error = RateLimited("getSlot", "too many requests", code=429)
    error.retry_after = 3.0

    assert await Budget(per_second=1e6, at_once=1).call(failing(2, error)) == "an answer"
    assert [seconds for seconds in slept if seconds > 1] == [3.0, 3.0]


async def test_a_429_that_does_not_pass_fails_the_pass_and_is_still_transient(
    slept: list[float],
) -> None:
    """The next pass tries again; nobody takes it for the provider's word."""
    attempt = failing(ATTEMPTS, RateLimited("getSlot", "too many requests", code=429))

    with pytest.raises(RateLimited):
        await Budget(per_second=1e6, at_once=1).call(attempt)
    assert len([seconds for seconds in slept if seconds > 0.05]) == ATTEMPTS - 1


async def test_what_is_the_providers_word_is_not_asked_twice(slept: list[float]) -> None:
    """A method that it does not have it will not have a second later."""
    asked = []

    async def attempt() -> None:
        asked.append(1)
        raise Unsupported("getTransactionsForAddress", "method not found", code=-32601)

    with pytest.raises(Unsupported):
        await Budget(per_second=1e6, at_once=1).call(attempt)
    assert len(asked) == 1


async def test_no_more_calls_are_under_way_than_granted(slept: list[float]) -> None:
    """However many are asked for at once."""
    flying, most = 0, 0

    async def attempt() -> None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        for _ in range(3):
            await asyncio.sleep(0)
        flying -= 1

    granted = Budget(per_second=1e6, at_once=3)
    await asyncio.gather(*(granted.call(attempt) for _ in range(40)))

    assert most == 3


def test_pauses_double_are_spread_and_end_somewhere() -> None:
    """Clients that failed together do not come back together."""
    assert wait(1, None, 0.0) < wait(2, None, 0.0) < wait(3, None, 0.0)
    assert wait(1, None, 0.0) < wait(1, None, 0.9)
    assert wait(50, None, 0.5) == LONGEST_WAIT
    assert wait(1, 3600.0, 0.5) == LONGEST_WAIT
