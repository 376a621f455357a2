"""A task of the fold can be cancelled at any moment, also in the one its event is set."""

import asyncio
from contextlib import suppress

from ingestion.fold.worker import _wait


async def test_a_cancellation_in_the_moment_of_the_event_is_not_lost():
    """Else the task outlives its group, and the fold waits for it for ever."""
    event = asyncio.Event()
    rounds = 0

    async def work() -> None:
        nonlocal rounds
        while True:
            await _wait(event, 5)
            rounds += 1

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    event.set()
    await asyncio.sleep(0)  # the inner waiter is done, the task has not run yet
    task.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(1):
            await task

    assert task.cancelled()


async def test_a_cancellation_that_a_library_swallowed_still_ends_the_task():
    """Seen with a client that was cancelled in the moment its answer came."""
    swallowed = asyncio.Event()

    async def client_call() -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            swallowed.set()

    async def work() -> None:
        await client_call()
        while True:
            await _wait(asyncio.Event(), 0.01)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(1):
            await task

    assert swallowed.is_set()
    assert task.cancelled()
