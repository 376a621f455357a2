"""The marts against the program's accounts, every hour: fields, lamports held, fees received."""

import asyncio
from collections.abc import Iterator

import dagster as dg

from chain.program.interface import load_program
from chain.rpc import Rpc
from checks.engine import Row
from checks.suites.accounts import accounts
from ingestion.verify.accounts import reader
from ingestion.verify.run import Report, verify
from ingestion.verify.treasury import Treasury, read_treasury
from oddsline import postgres
from orchestration import settings
from orchestration.quality import Reading, checks_of
from orchestration.resources import Line

#: Kind of what was compared -> the rule that judges it.
RULES = {
    "market": "market_is_its_account",
    "position": "position_is_its_account",
    "treasury": "fee_is_its_transaction",
}


async def compare(
    url: str, rpc_url: str, program_id: str, *, patience_s: float = 15.0
) -> tuple[Report, Treasury]:
    """Every account with its row, and the protocol's fees with the wallet that got them.

    Raises:
        chain.rpc_errors.RpcError: the node did not answer: the run fails and tells of it.
    """
    program = load_program(program_id)
    pool = await postgres.open_pool(url, name="accounts", max_size=2)
    try:
        async with Rpc(rpc_url) as rpc:
            read = reader(rpc, program)
            report = await verify(pool, read, program=program_id, patience_s=patience_s)
            return report, await read_treasury(rpc, program, pool)
    finally:
        await pool.close()


def rows(report: Report, treasury: Treasury) -> Iterator[Row]:
    """Both sides as the suite judges them: each pair that is equal, each field that is not."""
    for one in (*report.differences, *treasury.differences):
        both = {"field": one.field, "chain": one.chain, "marts": one.marts, "slot": one.slot}
        yield {"address": one.address, **both, RULES[one.kind]: False}
    for kind, addresses in report.agreed.items():
        for address in sorted(addresses):
            yield {"address": address, RULES[kind]: True}
    for _ in range(treasury.sampled - len(treasury.differences)):
        yield {"address": treasury.address, RULES["treasury"]: True}
    for address in report.unknown:
        yield {"address": address, "row_has_its_account": False}


def both_sides(line: Line) -> Reading:
    """Rows for the suite, and sums in lamports."""
    known = settings.load()
    report, treasury = asyncio.run(compare(line.url, known.chain_url, known.program_id))
    beside: dict[str, str | int] = {
        "lamports the markets hold": str(report.held),
        "lamports they were given beside": str(report.gifts),
        "lamports of fees paid to the protocol": str(treasury.fees),
        "lamports its wallet holds": str(treasury.lamports),
        "fee transactions compared": treasury.sampled,
    }
    return Reading(list(rows(report, treasury)), beside)


def definitions() -> dg.Definitions:
    """The suite's checks, their job and its schedule."""
    judged = checks_of(accounts(), both_sides)
    job = dg.define_asset_job("audit_accounts", selection=dg.AssetSelection.checks(judged))
    schedule = dg.ScheduleDefinition(
        name="audit_accounts_schedule",
        job=job,
        cron_schedule="47 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(asset_checks=[judged], jobs=[job], schedules=[schedule])
