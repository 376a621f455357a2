"""The most deliveries a second that a socket server makes in time: a ramp of offered rates.

Messages go to the streams that the fold fills, at fixed moments. A step holds when the feed keeps
its pace, every delivery arrives, and the 99th percentile from just before a message is written to
the stream stays under 100 ms. Each step offers half more than the one before until one does not
hold; from the best on it is a sixth more, and the first step that fails twice ends the ramp.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from benchmarks._harness import percentile
from benchmarks.load.processes import Swarm
from ingestion.fold import publisher
from ingestion.fold.publisher import STREAMS, shard_of

SCRIPT = (Path(publisher.__file__).parent / "publish.lua").read_text()
KEEP = 5_000  # messages a stream
#: A trade's size.
BODY = (
    '{"type":"trade:executed","market_id":"%s","epoch":"%s","seq":%d,"pos":%d,"slot":300000000,'
    '"commitment":"confirmed","at":"2026-11-24T04:00:00Z","data":{"side":"buy","note":"sent=%d;"}}'
)
TICK_S = 0.01
P99_MS = 100.0
WIDE, FINE = 3 / 2, 7 / 6
SETTLE_S = 2.0
#: Between two reports that must agree before a step that failed is over.
POLL_S = 0.2


class Feed:
    """Writes messages as the fold does, by its script: positions without gaps."""

    def __init__(self, redis: Redis, epoch: str, markets: Sequence[str]) -> None:
        self.redis = redis
        self.markets = markets
        self.pos = 0
        self._epoch = epoch
        self._seqs = dict.fromkeys(markets, 0)
        self._script = redis.register_script(SCRIPT)

    @property
    def seqs(self) -> list[int]:
        """The last seq of each market."""
        return list(self._seqs.values())

    def send(self, count: int) -> None:
        """One call with `count` messages, market after market."""
        now, last = time.monotonic_ns(), self.pos
        arguments: list[str | int] = [last, KEEP]
        for pos in range(last + 1, last + count + 1):
            market = self.markets[pos % len(self.markets)]
            self._seqs[market] += 1
            body = BODY % (market, self._epoch, self._seqs[market], pos, now)
            arguments += [pos, shard_of(market), market, body]
        found, _ = self._script(keys=list(STREAMS), args=arguments)
        self.pos = last + count
        if found != self.pos:
            raise RuntimeError("somebody else writes to the streams")

    def tick(self) -> None:
        """The fold's sign of life."""
        told = {"pos": self.pos, "seq": 0, "lag_ms": 0, "epoch": self._epoch}
        self.redis.xadd("oddsline:ticks", told, maxlen=600)  # type: ignore[arg-type]  # its stubs want bytes keys in the union


@dataclass(frozen=True)
class Held:
    """A step that held: what was offered and what was delivered."""

    rate: float
    deliveries_per_s: float
    p99_ms: float


def climb(feed: Feed, swarm: Swarm, connections: int, *, start: float, seconds: float) -> Held:
    """Offer more and more; the best step that held.

    Raises:
        RuntimeError: not even the first did.
    """
    rate, best, wide, failed = start, None, True, False
    while True:
        held = step(feed, swarm, connections / len(feed.markets), rate, seconds)
        if held is not None:
            best, failed = held, False
            rate *= WIDE if wide else FINE
        elif wide and best is not None:
            wide = False
            rate = best.rate * FINE
        elif failed:
            break
        else:
            failed = True
    if best is None:
        raise RuntimeError(f"{start:,.0f} deliveries a second were too many")
    return best


def step(feed: Feed, swarm: Swarm, followers: float, rate: float, seconds: float) -> Held | None:
    """One rate for some seconds; None when it does not hold."""
    before = swarm.report()["delivered"]
    first, began = feed.pos, time.monotonic()
    feed.tick()
    ticks = int(seconds / TICK_S)
    for n in range(1, ticks + 1):
        due = round(rate / followers * n * TICK_S) - (feed.pos - first)
        feed.send(due)
        time.sleep(max(0.0, began + n * TICK_S - time.monotonic()))
    spent = time.monotonic() - began
    expected = (feed.pos - first) * followers
    noted: list[list[int]] = []
    ends_at = time.monotonic() + SETTLE_S
    while True:
        told = swarm.report()
        noted += told["noted"]
        if told["delivered"] - before >= expected or time.monotonic() > ends_at:
            break
        time.sleep(0.1)
    complete = told["delivered"] - before == expected
    p99_ms = percentile([(read - sent) / 1e6 for sent, read in noted], 99) if noted else 1e9
    kept_pace = spent < seconds * 1.1
    if complete and kept_pace and p99_ms < P99_MS:
        return Held(rate, expected / spent, p99_ms)
    short = f"{expected - told['delivered'] + before:,.0f} missing, p99 {p99_ms:,.0f} ms"
    print(f"{rate:,.0f}/s did not hold: {short}, fed in {spent:.2f} s", file=sys.stderr)
    _rest(swarm)
    return None


def _rest(swarm: Swarm) -> None:
    """Wait until nothing of a failed step is on its way any more."""
    before, after = -1, swarm.report()["delivered"]
    ends_at = time.monotonic() + SETTLE_S
    while before != after and time.monotonic() < ends_at:
        time.sleep(POLL_S)
        before, after = after, swarm.report()["delivered"]
