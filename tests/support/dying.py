"""Functions that kill -9 their own process: death at a named place, instead of at a moment."""

import functools
import inspect
import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any, NoReturn

#: Children of a process that has loaded what they run: each dies in a moment instead of seconds.
#: One list for all: it is read when the first child is asked for.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [f"tests.crash.{name}_run" for name in ("aggregation", "keeper", "monitor")]
)


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def always() -> bool:
    return True


def deadly(
    function: Callable[..., Any], side: str, armed: Callable[[], bool] = always
) -> Callable[..., Any]:
    """The function, with death before or after it.

    A call that is about nothing (it is given, or gives, an empty list) kills nobody.
    """

    def strike(when: str, told: object) -> None:
        if side == when and told != [] and armed():
            die()

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        strike("before", [] if [] in args else None)
        found = function(*args, **kwargs)
        strike("after", [] if [] in args else found)
        return found

    @functools.wraps(function)
    async def call_async(*args: Any, **kwargs: Any) -> Any:
        strike("before", [] if [] in args else None)
        found = await function(*args, **kwargs)
        strike("after", [] if [] in args else found)
        return found

    return call_async if inspect.iscoroutinefunction(function) else call
