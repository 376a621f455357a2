"""`./oddsline load` and `./oddsline soak`: a profile's load, with a verdict."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.load import report
from benchmarks.load.profile import PROFILES, Profile, Round, exit_code
from benchmarks.load.together import opened
from oddsline.commands import CommandError
from oddsline.line import Line

console = Console()
T = TypeVar("T")

PROCESSES = ("postgres", "valkey", "chain", "ingestion", "fold", "api", "keeper")
ROUND_S = 60.0

Seconds = Annotated[float, typer.Option("--minutes", min=0.05, help="How long.")]
LineOption = Annotated[
    str | None, typer.Option(help="A running line's API; its chain must be a local one.")
]
ProfileOption = Annotated[str, typer.Option(help=f"Which load: {', '.join(PROFILES)}.")]


def main(profile: ProfileOption = "seed", minutes: Seconds = 3.0, line: LineOption = None) -> int:
    """Put a load on a line and judge it by the required numbers.

    100 ballots in one moment every five seconds, 100 WebSocket connections, 1,000 requests a
    minute and 100 events a second, all together. Exit 0: every number met; 1: a miss; 2: nothing
    was measured. Without --line on a private line with scratch data, fsync on.
    """
    asked = _profile(profile)
    with _on(line) as found:
        measured = asyncio.run(_once(found, asked, 60 * minutes))
    report.load(console, asked, measured)
    return exit_code(asked, measured)


def soak(profile: ProfileOption = "seed", minutes: Seconds = 30.0, line: LineOption = None) -> int:
    """Keep a load up, round after round of a minute; report availability and memory over time.

    Exit 0: every round met every number; 1: a miss; 2: nothing was measured.
    """
    asked = _profile(profile)
    rounds: list[Round] = []
    with _on(line) as found:
        asyncio.run(_again(found, asked, 60 * minutes, rounds))
    report.soak(console, asked, rounds)
    return max(exit_code(asked, each) for each in rounds)


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise CommandError(f"there is no profile {name!r}: {', '.join(PROFILES)}")
    return PROFILES[name]


@contextmanager
def _on(url: str | None) -> Iterator[Line]:
    if url is not None:
        yield Line.at(url)
        return
    console.print("starting a private line")
    with Line.private(PROCESSES) as private:
        yield private


async def _once(line: Line, profile: Profile, seconds: float) -> Round:
    console.print(f"opening {profile.markets} markets, {profile.sockets} sockets")
    async with opened(line, profile) as load:
        return await _shown(load.play(seconds), seconds)


async def _again(line: Line, profile: Profile, seconds: float, rounds: list[Round]) -> None:
    console.print(f"opening {profile.markets} markets, {profile.sockets} sockets")
    until = time.monotonic() + seconds
    async with opened(line, profile) as load:
        with Live(report.over_time(rounds), console=console, auto_refresh=False) as live:
            while (left := until - time.monotonic()) > 1 or not rounds:
                rounds.append(await load.play(min(ROUND_S, max(left, 3.0))))
                live.update(report.over_time(rounds), refresh=True)


async def _shown(work: Coroutine[None, None, T], seconds: float) -> T:
    """Do the work under a bar that fills in so many seconds."""
    columns = (TextColumn("loading"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=seconds)
        moving = asyncio.create_task(_move(lambda: progress.advance(bar, 0.5)))
        try:
            return await work
        finally:
            moving.cancel()


async def _move(step: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(0.5)
        step()
