"""The monitor as Dagster runs it: a sensor that finds due markets, a job that moves them on."""

import time

import dagster as dg

from oddsline import blocking
from orchestration import settings
from orchestration.chain_view import ChainView
from orchestration.intents import waiting
from orchestration.intents.waiting import Progress
from orchestration.monitor import advance, look, planning
from orchestration.monitor.advance import Outcome
from orchestration.monitor.planning import Candidate

#: One layer of retries for a step: a node that is away, a transaction that expired.
RETRIES = dg.RetryPolicy(
    max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
LOOK_EVERY_S = 5  # the sensor daemon's own floor
BATCHES = 4  # runs asked for in one tick at most


class Batch(dg.Config):
    """The markets of one run, as `Candidate` has them."""

    markets: list[dict[str, str]]


@dg.op(retry_policy=RETRIES)
def advance_markets(context: dg.OpExecutionContext, config: Batch) -> None:
    """Open intents for what is due, wait for the keeper, and show what came of each market."""
    known = settings.load()
    wanted = [Candidate(**market) for market in config.markets]
    chain = ChainView(known.chain_url, known.program_id)
    ids, told = advance.open_due(known.database_url, chain, wanted, known, context.run_id)
    if context.retry_number:
        advance.reopen_failed(known.database_url, ids, f"retry {context.retry_number}")
    progress = waiting.wait(known.database_url, ids, patience_s=known.monitor_wait_s)
    shown = metadata([*told, *advance.outcomes(progress)])
    again = context.retry_number < RETRIES.max_retries
    if again and (progress.worth_retrying or progress.waiting):
        raise dg.Failure(_summary(progress), metadata=shown)
    advance.bury_failed(known.database_url, progress, known)
    if progress.failed or progress.waiting:
        raise dg.Failure(_summary(progress), metadata=shown, allow_retries=False)
    context.add_output_metadata(shown)


@dg.job(tags={"lane": "live"})
def advance_due_markets() -> None:
    """Moves a batch of due markets on."""
    advance_markets()


@dg.sensor(
    job=advance_due_markets,
    minimum_interval_seconds=LOOK_EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def due_markets(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Asks for a run for each batch of markets whose phase is over by the chain's clock."""
    known, now = settings.load(), time.time()
    resting = planning.read_cursor(context.cursor, now)
    moment = ChainView(known.chain_url, known.program_id).moment()
    with blocking.session(known.database_url, name="monitor") as connection:
        found = look.candidates(
            connection,
            known.periods(moment.config.dispute_period),
            now=moment.now,
            resting=list(resting),
            at_most=BATCHES * known.monitor_batch,
        )
    if not found:
        context.update_cursor(planning.write_cursor(resting))
        return dg.SkipReason(f"nothing is due at chain time {moment.now}")
    batches = [
        found[start : start + known.monitor_batch]
        for start in range(0, len(found), known.monitor_batch)
    ]
    resting = planning.rest(resting, found, now)
    return dg.SensorResult(
        run_requests=[_request(batch, now) for batch in batches],
        cursor=planning.write_cursor(resting),
    )


def metadata(outcomes: list[Outcome]) -> dict[str, dg.MetadataValue]:
    """How many markets ended how, and each one's end."""
    ends: dict[str, int] = {}
    for outcome in outcomes:
        ends[outcome.state] = ends.get(outcome.state, 0) + 1
    records = [dg.TableRecord(data=dict(vars(outcome))) for outcome in outcomes]
    columns = [dg.TableColumn(name) for name in ("market_id", "action", "state", "detail")]
    return {
        "markets": dg.MetadataValue.int(len(outcomes)),
        "ends": dg.MetadataValue.json(ends),
        "outcomes": dg.MetadataValue.table(records, schema=dg.TableSchema(columns)),
    }


def definitions() -> dg.Definitions:
    return dg.Definitions(jobs=[advance_due_markets], sensors=[due_markets])


def _request(batch: list[Candidate], now: float) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=planning.run_key(batch, now),
        run_config=dg.RunConfig(
            ops={"advance_markets": Batch(markets=[dict(one) for one in planning.as_config(batch)])}
        ),
    )


def _summary(progress: Progress) -> str:
    reasons = sorted({intent.error_name or "Unknown" for intent in progress.failed})
    return (
        f"{len(progress.failed)} failed ({', '.join(reasons)}), "
        f"{len(progress.waiting)} still wait for the keeper"
    )
