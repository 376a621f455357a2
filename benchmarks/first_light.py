"""First light: from a trade's confirmation on chain to REST, acknowledgements, saturation.

    .venv/bin/python -m benchmarks.first_light [--seconds N] [--json]

Phase 1, a line with its local chain: 100 trades a second are signed and sent; ten of them a second
are followed by asking the chain for "confirmed" and REST for the trade, both every 10 ms.
Phases 2 and 3, a line without a chain (its ledger would look there for what a generator made):
Helius-shaped deliveries, first 100 events/s in arrays of 5, then as many as four senders of
arrays of 100 can land and the fold can make visible. fsync is on.
"""

import asyncio
import time
from itertools import count
from random import Random

import asyncpg
import httpx

from benchmarks import traffic
from benchmarks._harness import Figures, percentile, run, server_version
from chain.local.roles import Roles
from chain.local.traffic import Markets, Sender
from chain.program import instructions
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline.line import Line
from oddsline.settings import Settings

RATE = 100  # events a second, offered
PROBES = 10  # of them followed to REST
ASK_S = 0.01
SENDERS, ARRAY = 4, 100
ABOUT = {
    "confirm_to_rest_ms_p50": f"confirmed on chain to GET /trades, {RATE} events/s offered",
    "confirm_to_rest_ms_p95": f"confirmed on chain to GET /trades, {RATE} events/s offered",
    "ack_ms_p99": f"POST /webhooks/helius, {RATE} events/s in arrays of 5",
    "events_per_s": f"landed and visible in the marts, {SENDERS} senders, arrays of {ARRAY}",
}


def measure(seconds: float) -> tuple[Figures, str]:
    """All phases; the figures and PostgreSQL's version."""
    with Line.private(("postgres", "valkey", "chain", "ingestion", "fold", "api")) as line:
        delays = asyncio.run(_confirm_to_rest(line, seconds))
    with Line.private(("postgres", "valkey", "ingestion", "fold")) as line:
        acks = asyncio.run(_acknowledgements(line, seconds))
        rate = asyncio.run(_saturation(line, seconds))
        version = server_version(line.database_url)
    return {
        "confirm_to_rest_ms_p50": round(percentile(delays, 50), 1),
        "confirm_to_rest_ms_p95": round(percentile(delays, 95), 1),
        "ack_ms_p99": round(percentile(acks, 99), 2),
        "events_per_s": round(rate),
    }, version


async def _confirm_to_rest(line: Line, seconds: float) -> list[float]:
    """Milliseconds from confirmation to REST, one per followed trade."""
    chance = Random(3)
    roles = Roles.of(line.settings(Settings))
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    headers = {"X-API-Key": line.service_key}
    async with (
        Rpc(line.url("chain")) as rpc,
        httpx.AsyncClient(base_url=line.url("api"), headers=headers, trust_env=False) as rest,
    ):
        markets = Markets(Sender(rpc), program, roles, count=10, random=chance)
        await markets.open()
        following: list[asyncio.Task[float]] = []
        sending: list[asyncio.Task[str | None]] = []
        started = time.monotonic()
        for n in range(int(RATE * seconds)):
            await asyncio.sleep(max(0.0, started + n / RATE - time.monotonic()))
            market, wallet = chance.choice(markets.addresses), chance.choice(markets.wallets)
            buy = instructions.buy_shares(
                program,
                market=market,
                user=str(wallet.pubkey()),
                protocol_fee_wallet=str(roles.fees.pubkey()),
                outcome=chance.random() < 0.5,
                target_cost=chance.randint(10**7, 10**9),
            )
            send = asyncio.create_task(markets.sender.send(wallet, buy))
            sending.append(send)
            if n % (RATE // PROBES) == 0:
                following.append(asyncio.create_task(_follow(rpc, rest, market, send)))
        await asyncio.gather(*sending)
        return list(await asyncio.gather(*following))


async def _follow(
    rpc: Rpc, rest: httpx.AsyncClient, market: str, send: "asyncio.Task[str | None]"
) -> float:
    signature = await send
    assert signature is not None, "the chain refused a trade"
    async with asyncio.timeout(30):
        confirmed, shown = await asyncio.gather(
            _confirmed(rpc, signature), _shown(rest, market, signature)
        )
    return max(0.0, (shown - confirmed) * 1000)


async def _confirmed(rpc: Rpc, signature: str) -> float:
    while True:
        (status,) = (await rpc.get_signature_statuses([signature])).statuses
        if status is not None and status.confirmed:
            return time.monotonic()
        await asyncio.sleep(ASK_S)


async def _shown(rest: httpx.AsyncClient, market: str, signature: str) -> float:
    while True:
        answer = await rest.get(f"/trades/{market}", params={"limit": 50})
        if answer.status_code == 200 and signature in answer.text:
            return time.monotonic()
        await asyncio.sleep(ASK_S)


async def _acknowledgements(line: Line, seconds: float) -> list[float]:
    """Milliseconds from a delivery to its 200, at the offered rate."""
    shape = traffic.Shape(program_id=line.plan.environment["ODDSLINE_PROGRAM_ID"])
    async with _sender(line) as client:
        posts = []
        started = time.monotonic()
        for n in range(int(RATE / 5 * seconds)):
            await asyncio.sleep(max(0.0, started + n * 5 / RATE - time.monotonic()))
            posts.append(asyncio.create_task(_post(client, traffic.body(n * 5, 5, shape))))
        return list(await asyncio.gather(*posts))


async def _saturation(line: Line, seconds: float) -> float:
    """Events a second that were acknowledged and folded."""
    shape = traffic.Shape(program_id=line.plan.environment["ODDSLINE_PROGRAM_ID"])
    first = 10_000_000  # away from the trades of the phase before
    bodies = [traffic.body(first + n * ARRAY, ARRAY, shape) for n in range(int(80 * seconds))]
    numbers = count()
    async with _sender(line) as client:
        connection = await asyncpg.connect(line.database_url)
        before = await connection.fetchval("select count(*) from marts.trades")
        started = time.monotonic()

        async def send() -> None:
            while (n := next(numbers)) < len(bodies) and time.monotonic() - started < seconds:
                await _post(client, bodies[n])

        await asyncio.gather(*(send() for _ in range(SENDERS)))
        await _folded(connection)
        spent = time.monotonic() - started
        after = await connection.fetchval("select count(*) from marts.trades")
        await connection.close()
    return float((after - before) / spent)


async def _folded(connection: asyncpg.Connection) -> None:
    """Wait until all that landed is in the marts."""
    landed = await connection.fetchval("select max(seq) from raw.events")
    cursor = "select seq from live.cursors where name = 'events'"
    while await connection.fetchval(cursor) < landed:  # noqa: ASYNC110 the database is no event
        await asyncio.sleep(0.005)


def _sender(line: Line) -> httpx.AsyncClient:
    secret = line.plan.environment["ODDSLINE_HELIUS_AUTH"]
    headers = {"Authorization": secret, "Content-Type": "application/json"}
    return httpx.AsyncClient(
        base_url=line.url("ingestion"), headers=headers, trust_env=False, timeout=30
    )


async def _post(client: httpx.AsyncClient, body: bytes) -> float:
    began = time.perf_counter()
    answer = await client.post("/webhooks/helius", content=body)
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    run("first_light", measure, seconds=15, about=ABOUT)
