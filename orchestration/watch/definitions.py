"""The watch as Dagster runs it: asset checks on the transitions."""

from collections.abc import Iterator

import dagster as dg

from orchestration import processes, settings
from orchestration.chain_view import ChainView
from orchestration.shown import runbook
from orchestration.watch import look, symptoms
from orchestration.watch.symptoms import Symptom

TRANSITIONS = dg.AssetKey(["ops", "transitions"])

#: Check -> the rule whose symptoms it shows, and what it says.
CHECKS = {
    "due_markets_move": (symptoms.MARKET_STUCK, "No market is past its time and its grace."),
    "transactions_do_not_keep_failing": (
        symptoms.TRANSACTION_FAILING,
        "No transition fails or expires again and again.",
    ),
    "sensors_and_schedules_tick": (
        symptoms.TICK_MISSING,
        "Every sensor and schedule that is on has ticked when it should.",
    ),
    "keeper_lives": (symptoms.KEEPER_SILENT, "A keeper asks the database for work."),
    "authorities_are_ours": (
        symptoms.AUTHORITY_MISMATCH,
        "GlobalConfig names the keys that we sign with.",
    ),
    "nothing_lands_twice": (
        symptoms.DOUBLE_SEND,
        "No two transactions of one intent have events on chain.",
    ),
    "success_rate_holds": (
        symptoms.SUCCESS_RATE_LOW,
        "Of the last hour's transitions 99 of 100 ended well.",
    ),
}


def look_now() -> dict[str, list[Symptom]]:
    """All rules but the daemon's silence, which a run of the daemon's cannot see."""
    known = settings.load()
    chain = ChainView(known.chain_url, known.program_id)
    # A run is short: whoever is not there now has been away for longer than any limit.
    watch = look.Watch(known, chain, since=float("-inf"))
    _, judged = watch.look()
    return judged


@dg.multi_asset_check(
    name="watch_transitions",
    specs=[
        dg.AssetCheckSpec(
            name, asset=TRANSITIONS, description=why, metadata=runbook(rule.replace("_", "-"))
        )
        for name, (rule, why) in CHECKS.items()
    ],
)
def watch_transitions() -> Iterator[dg.AssetCheckResult]:
    """Look once, tell the alerts, show each rule's symptoms."""
    judged = look_now()
    for name, (rule, _) in CHECKS.items():
        yield result(name, rule, judged.get(rule))


def result(name: str, rule: str, found: list[Symptom] | None) -> dg.AssetCheckResult:
    """A rule's symptoms as a check's result; None = the chain was away, so nobody can say."""
    shown = {
        "symptoms": dg.MetadataValue.int(len(found or [])),
        "details": dg.MetadataValue.json(
            [{"summary": one.summary, **one.details} for one in found or []]
        ),
        **runbook(rule.replace("_", "-")),
    }
    severity = dg.AssetCheckSeverity.ERROR
    if found is None:
        shown["unknown"] = dg.MetadataValue.text("the chain did not answer")
        severity = dg.AssetCheckSeverity.WARN
    elif all(one.severity != "critical" for one in found):
        severity = dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=TRANSITIONS,
        check_name=name,
        passed=found == [],
        severity=severity,
        metadata=shown,
    )


def definitions() -> dg.Definitions:
    """The asset, its checks and the schedule that runs them."""
    job = dg.define_asset_job(
        "watch_transitions_job",
        selection=dg.AssetSelection.checks(watch_transitions),
        tags={"lane": "live"},
    )
    schedule = dg.ScheduleDefinition(
        name="watch_transitions_each_five_minutes",
        job=job,
        cron_schedule="*/5 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(
        assets=processes.transitions(),
        asset_checks=[watch_transitions],
        jobs=[job],
        schedules=[schedule],
    )
