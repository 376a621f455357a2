"""Wallets that vote in the same moment, again and again; a process of its own.

    python -m benchmarks.load.crowd < spec.json     # prints one JSON object

Each ballot is a new wallet's on a connection of its own, signed ahead. The first burst comes after
half a pause, when everything else is under way.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field

import uvloop
from solders.keypair import Keypair

from benchmarks import ballots
from benchmarks.load.posting import Poster, RefusedBallot
from votes.ballot import Domain

PATIENCE_S = 10.0


@dataclass(frozen=True)
class Spec:
    """Where to post, what ballots are bound to, and how many when."""

    host: str
    port: int
    key: str
    market_id: str
    domain: tuple[str, str, str]
    round_: str
    at_once: int
    burst_s: float
    seconds: float


@dataclass
class Voted:
    """What came of the ballots; milliseconds of those that were taken, why of the others."""

    posted: int = 0
    took_ms: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


async def vote(spec: Spec) -> Voted:
    """Burst after burst for so long."""
    found, began = Voted(), time.monotonic()
    for n in range(max(1, int(spec.seconds / spec.burst_s))):
        keys = [Keypair() for _ in range(spec.at_once)]
        bodies = ballots.bodies(Domain(*spec.domain), spec.market_id, spec.round_, keys)
        address = (spec.host, spec.port, spec.key, spec.market_id)
        posters = [await Poster.dial(*address) for _ in bodies]
        await asyncio.sleep(max(0.0, began + (n + 0.5) * spec.burst_s - time.monotonic()))
        found.posted += len(bodies)
        await asyncio.gather(*(_post(*one, found) for one in zip(posters, bodies, strict=True)))
        for poster in posters:
            poster.writer.close()
    return found


async def _post(poster: Poster, body: bytes, found: Voted) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            found.took_ms.append(await poster.post(body))
    except (RefusedBallot, OSError, EOFError, TimeoutError) as error:
        found.refused.append(f"{type(error).__name__}: {error}")


def main() -> None:
    """Read a spec from stdin, vote, print what came of it."""
    spec = Spec(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(vote(spec)))))


if __name__ == "__main__":
    main()
