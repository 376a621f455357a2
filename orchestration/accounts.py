"""The marts against the program's accounts, every hour: fields, lamports held, fees received."""

import asyncio

import dagster as dg

from chain.program.interface import load_program
from chain.rpc import Rpc
from ingestion.verify.accounts import reader
from ingestion.verify.compare import Difference
from ingestion.verify.run import Report, verify
from ingestion.verify.treasury import Treasury, read_treasury
from oddsline import postgres
from orchestration import settings
from orchestration.audits import MARKETS
from orchestration.resources import Line

#: Differences shown; the counts beside them are exact.
SHOWN = 20


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


def result(report: Report, treasury: Treasury) -> dg.AssetCheckResult:
    """Exact counts and sums in lamports, and a few of the differences."""
    found = (*report.differences, *treasury.differences)
    return dg.AssetCheckResult(
        passed=not found and not report.unknown,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            **{f"{kind} accounts compared": count for kind, count in report.compared.items()},
            "differences": len(found),
            "rows without an account": len(report.unknown),
            "lamports the markets hold": dg.MetadataValue.text(str(report.held)),
            "lamports they were given beside": dg.MetadataValue.text(str(report.gifts)),
            "lamports of fees paid to the protocol": dg.MetadataValue.text(str(treasury.fees)),
            "lamports its wallet holds": dg.MetadataValue.text(str(treasury.lamports)),
            "fee transactions compared": treasury.sampled,
            "sample": dg.MetadataValue.json([_shown(one) for one in found[:SHOWN]]),
            "sample of such rows": dg.MetadataValue.json(list(report.unknown[:SHOWN])),
        },
    )


def _shown(one: Difference) -> dict[str, str | int]:
    return {
        "kind": one.kind,
        "address": one.address,
        "field": one.field,
        "chain": one.chain,
        "marts": one.marts,
        "slot": one.slot,
    }


@dg.asset_check(
    asset=MARKETS,
    name="marts_equal_accounts",
    description="Every market and position against its account, lamports held and fees included.",
)
def compared_with_accounts(line: Line) -> dg.AssetCheckResult:
    known = settings.load()
    return result(*asyncio.run(compare(line.url, known.chain_url, known.program_id)))


def definitions() -> dg.Definitions:
    """The check, its job and its schedule."""
    checks = dg.AssetSelection.checks(compared_with_accounts)
    schedule = dg.ScheduleDefinition(
        name="audit_accounts_schedule",
        job=dg.define_asset_job("audit_accounts", selection=checks),
        cron_schedule="47 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(
        asset_checks=[compared_with_accounts], jobs=[schedule.job], schedules=[schedule]
    )
