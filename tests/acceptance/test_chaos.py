"""`oddsline chaos` and `oddsline verify` against a line that runs, as an operator calls them."""

import asyncio
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import asyncpg
import httpx
import psycopg2
import pytest

from benchmarks.chaos import ENVIRONMENT, PROCESSES
from chain.local.roles import Roles
from chain.local.traffic import Markets, Sender
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline.embedded.program import free_port
from oddsline.line import Line
from oddsline.settings import Settings
from orchestration.accounts import compare, rows
from tests.support.commands import oddsline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

#: Everything that a plan deals to deliveries, slots and sends, and what forks come to.
STRUCK = {
    *("drop", "lose", "duplicate", "delay", "shuffle", "split", "hollow", "truncate_logs"),
    *("fork", "retracted", "replaced", "storm", "lag", "no_index"),
    *("drop_send", "land_and_time_out"),
}


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    """A line whose chain misbehaves on order, started by somebody else."""
    with Line.private((*PROCESSES, "api"), env=ENVIRONMENT, durable=False) as opened:
        yield opened


def test_a_line_under_random_faults_ends_equal_to_its_chain(line: Line) -> None:
    """Every kind of fault strikes, forks take trades back, and marts equal accounts after it."""
    url = line.url("api")
    done = oddsline(line, "chaos", "--line", url, "--seed", "7", "--minutes", "0.35")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "160 positions compared, 0 differences" in done.stdout

    told = httpx.get(f"{line.url('chain')}/_local/faults").json()
    struck = {kind for kind, number in told["struck"].items() if number > 0}
    assert struck >= STRUCK, sorted(STRUCK - struck)
    assert told["plan"]["drop"] == 0  # order is restored
    left = _left(line)
    assert all(left.values()), left

    again = oddsline(line, "verify", "--line", url)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "no difference" in again.stdout


@pytest.mark.parametrize(
    ("mart", "column", "named"),
    [
        ("wallet_daily", "proceeds", ("market_is_its_account", "held")),
        ("wallet_daily", "resolver_fees", ("market_is_its_account", "resolver_fees_due")),
        ("positions", "invested", ("position_is_its_account", "invested")),
        ("trades", "protocol_fee", ("fee_is_its_transaction", "protocol_fee")),
    ],
)
async def test_the_scheduled_check_names_what_accounts_say_otherwise(
    line: Line, mart: str, column: str, named: tuple[str, str]
) -> None:
    """A lamport less in every row of a mart is told by the account; put back, all is equal."""
    program = line.plan.environment["ODDSLINE_PROGRAM_ID"]
    where = (line.database_url, line.url("chain"), program)
    connection = await asyncpg.connect(line.database_url)
    try:
        await connection.execute(f"update marts.{mart} set {column} = {column} - 1")
        altered = list(rows(*await compare(*where, patience_s=0.3)))
        await connection.execute(f"update marts.{mart} set {column} = {column} + 1")
    finally:
        await connection.close()
    mended = list(rows(*await compare(*where)))

    assert named in {
        (rule, row.get("field")) for row in altered for rule in row if row[rule] is False
    }
    assert not [row for row in mended if False in row.values()]
    assert sum("fee_is_its_transaction" in row for row in mended) == 25


def test_completeness_names_the_gaps_that_were_closed_and_none_that_is_open(line: Line) -> None:
    """After the storm GET /status/completeness has caught up, without a gap."""
    told = httpx.get(f"{line.url('api')}/status/completeness").json()["data"]
    (agreed,) = (one for one in told if one["standing"] == "agreed")
    assert agreed["open_gaps"] == 0
    assert agreed["lag_slots"] < 100


async def test_an_injected_gap_closes_within_thirty_seconds(line: Line) -> None:
    """A market whose every delivery is dropped is complete by GET /status/completeness' word."""
    async with asyncio.timeout(90), httpx.AsyncClient(timeout=10) as http:
        await http.post(f"{line.url('chain')}/_local/faults", json={"drop": 1})
        low, high = await _proposed(line)
        await http.post(f"{line.url('chain')}/_local/faults", json={})
        injected = time.monotonic()
        found = await _agreed(http, line)
        while found["up_to_slot"] < high or found["open_gaps"]:
            await asyncio.sleep(0.2)
            found = await _agreed(http, line)
        spent = time.monotonic() - injected

    assert spent < 30
    connection = await asyncpg.connect(line.database_url)
    try:
        sources = await connection.fetch(
            "select source, count(*) from raw.transactions where slot between $1 and $2"
            " group by source",
            low,
            high,
        )
        noted = await connection.fetchval(
            "select count(*) from raw.slot_ranges where to_slot >= $1 and from_slot <= $2"
            " and standing = 'agreed' and reason like '%missing%'",
            low,
            high,
        )
    finally:
        await connection.close()
    assert {row["source"] for row in sources} == {"backfill"}
    assert noted >= 1


@pytest.mark.parametrize("command", ["verify", "prove", "chaos"])
def test_a_url_where_no_line_answers_is_refused(line: Line, command: str) -> None:
    """Exit code 2, nothing started, nothing compared."""
    done = oddsline(line, command, "--line", f"http://127.0.0.1:{free_port()}")

    assert done.returncode == 2
    assert "no line's API answers" in done.stderr


async def _agreed(http: httpx.AsyncClient, line: Line) -> dict[str, Any]:
    told = (await http.get(f"{line.url('api')}/status/completeness")).json()["data"]
    return next(one for one in told if one["standing"] == "agreed")


async def _proposed(line: Line) -> tuple[int, int]:
    """A market of its own, voted on; the slots between which that happened, confirmed."""
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    async with Rpc(line.url("chain")) as rpc:
        low = await rpc.get_slot("processed")
        roles = Roles.of(line.settings(Settings))
        await Markets(Sender(rpc), program, roles, count=1, random=Random(99)).propose()
        high = await rpc.get_slot("processed")
        confirmed = low
        while confirmed < high:  # told, and dropped, before faults end
            await asyncio.sleep(0.05)
            confirmed = await rpc.get_slot("confirmed")
    return low, high


def _left(line: Line) -> dict[str, int]:
    """What faults leave behind where they were repaired."""
    counts = {
        "fetched": "select count(*) from raw.transactions where source = 'backfill'",
        "retracted": "select count(*) from raw.revisions where kind = 'retract'",
        "moved": "select count(*) from raw.revisions where kind = 'replace'",
        "quarantined": "select count(*) from raw.deliveries",
        "derived": "select count(*) from raw.events where provenance = 'derived'",
        "gaps closed": "select count(*) from raw.slot_ranges"
        " where standing = 'agreed' and reason is not null",
    }
    connection = psycopg2.connect(line.database_url)
    try:
        with connection.cursor() as cursor:
            found = {}
            for name, statement in counts.items():
                cursor.execute(statement)
                found[name] = cursor.fetchall()[0][0]
            return found
    finally:
        connection.close()
