"""The count as Dagster runs it: one observed asset, a schedule, and checks on what voters rely on."""

from dataclasses import asdict

import dagster as dg

from oddsline import blocking
from orchestration import settings
from orchestration.chain_view import ChainView
from orchestration.intents import waiting
from orchestration.monitor import advance
from orchestration.monitor.definitions import RETRIES, metadata
from orchestration.shown import runbook
from orchestration.voting import carry, watch
from orchestration.voting.carry import Told
from orchestration.watch.symptoms import Symptom

TALLIES = dg.AssetKey(["ops", "tallies"])
SAMPLE = 20


@dg.asset(
    key=TALLIES,
    group_name="votes",
    kinds={"postgres", "solana"},
    owners=["team:operators"],
    retry_policy=RETRIES,
    description="Every open vote counted, recorded with its Merkle roots, and what passed carried "
    "to the chain. One row per count.",
)
def tallies(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Count, record, open intents, wait for the keeper, say what came of each."""
    known = settings.load()
    moment = ChainView(known.chain_url, known.program_id).moment()
    ids, told = carry.settle(known, carry.count(known, moment), context.run.run_id)
    if context.retry_number:
        advance.reopen_failed(known.database_url, ids, f"retry {context.retry_number}")
    progress = waiting.wait(known.database_url, ids, patience_s=known.monitor_wait_s)
    shown = {**_counts(told), **metadata(advance.outcomes(progress))}
    again = context.retry_number < RETRIES.max_retries
    if again and (progress.worth_retrying or progress.waiting):
        raise dg.Failure("approvals have not landed yet", metadata=shown)
    advance.bury_failed(known.database_url, progress, known)
    if progress.failed:
        raise dg.Failure("approvals failed for good", metadata=shown, allow_retries=False)
    return dg.MaterializeResult(metadata=shown)


@dg.asset_check(
    asset=TALLIES, name="chain_decisions_have_tallies", metadata=runbook("tally-missing")
)
def chain_decisions_have_tallies() -> dg.AssetCheckResult:
    """Approvals and dispute ends on chain are those that a tally of ours says; others alert."""
    with blocking.session(settings.load().database_url, name="votes") as connection:
        return _result(watch.uncounted(connection))


@dg.asset_check(
    asset=TALLIES, name="disputes_reach_a_quorum", metadata=runbook("dispute-without-quorum")
)
def disputes_reach_a_quorum() -> dg.AssetCheckResult:
    """Disputes that ended twice without enough voters alert: an operator decides."""
    with blocking.session(settings.load().database_url, name="votes") as connection:
        return _result(watch.undecided(connection))


def definitions() -> dg.Definitions:
    """The asset, its checks and the schedule that counts."""
    job = dg.define_asset_job(
        "count_votes", selection=dg.AssetSelection.assets(TALLIES), tags={"lane": "live"}
    )
    schedule = dg.ScheduleDefinition(
        name="count_votes_on_schedule",
        job=job,
        cron_schedule=settings.vote_schedule(),
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    checks = [chain_decisions_have_tallies, disputes_reach_a_quorum]
    return dg.Definitions(assets=[tallies], asset_checks=checks, jobs=[job], schedules=[schedule])


def _result(found: list[Symptom]) -> dg.AssetCheckResult:
    """Symptoms as a check shows them: an exact count and a sample."""
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "symptoms": len(found),
            "sample": dg.MetadataValue.json([one.summary for one in found[:SAMPLE]]),
        },
    )


def _counts(told: list[Told]) -> dict[str, dg.MetadataValue]:
    records = [dg.TableRecord(data=asdict(one)) for one in told]
    names = ("market_id", "kind", "in_favour", "against", "decision", "detail")
    schema = dg.TableSchema([dg.TableColumn(name) for name in names])
    return {
        "open_votes": dg.MetadataValue.int(len(told)),
        "counts": dg.MetadataValue.table(records, schema=schema),
    }
