"""The queue as Dagster runs it: a sensor that finds letters that are due, a job that retries them."""

import time
from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from oddsline import blocking
from orchestration import settings
from orchestration.dead_letters import queue, retry
from orchestration.dead_letters.tried import Tried

LOOK_EVERY_S = 10
AT_ONCE = 200  # letters a run takes at most
ORPHANED_AFTER_S = 600  # longer than any run waits before it buries by itself
REST_S = 120  # a run that was asked for has taken its letters after this long, or never will


class Letters(dg.Config):
    """The letters of one run; none means all that are due.

    Those that wait for a person are tried only `by_hand`, which the sensor is not.
    """

    ids: list[int] = Field(default=[])
    by_hand: bool = Field(default=True)


class Closed(dg.Config):
    """Letters that a person closes, and why."""

    ids: list[int]
    reason: str


@dg.op
def retry_letters(context: dg.OpExecutionContext, config: Letters) -> None:
    """Try each letter again and show what came of it."""
    known = settings.load()
    tried = retry.retry(config.ids or _due(known), known, by_hand=config.by_hand)
    ends: dict[str, int] = {}
    for one in tried:
        ends[one.end] = ends.get(one.end, 0) + 1
    records = [_record(one) for one in tried]
    columns = [dg.TableColumn(name) for name in ("id", "key", "end", "detail")]
    context.add_output_metadata(
        {
            "letters": dg.MetadataValue.int(len(tried)),
            "ends": dg.MetadataValue.json(ends),
            "tried": dg.MetadataValue.table(records, schema=dg.TableSchema(columns)),
        }
    )


@dg.job(tags={"lane": "live"})
def retry_dead_letters() -> None:
    """Retries dead letters; launched by hand it takes the ids it is given, or all that are due."""
    retry_letters()


@dg.op
def close_letters(context: dg.OpExecutionContext, config: Closed) -> None:
    """Resolve letters by a person's word."""
    with blocking.session(settings.load().database_url, name="dead-letters") as connection:
        closed = queue.resolve(connection, config.ids, config.reason)
    context.add_output_metadata({"closed": dg.MetadataValue.json(closed)})


@dg.job(tags={"lane": "live"})
def resolve_dead_letters() -> None:
    """Closes the letters it is given, saying why."""
    close_letters()


@dg.sensor(
    job=retry_dead_letters,
    minimum_interval_seconds=LOOK_EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def due_dead_letters(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Buries what its run left behind, resolves what the chain shows done, retries what is due."""
    known = settings.load()
    with blocking.session(known.database_url, name="dead-letters") as connection:
        swept = queue.sweep(
            connection, known.retry_schedule, after_s=ORPHANED_AFTER_S, now=datetime.now(UTC)
        )
        settled = queue.settle(connection)
        ids = queue.ask(connection, AT_ONCE, REST_S)
    context.log.info("buried %s, settled %s, due %s", swept, len(settled), len(ids))
    if not ids:
        return dg.SkipReason("no letter is due")
    # The moment is part of the key: a run that was lost must not block its letters for ever. That
    # nothing is asked for twice is the resting's doing, since a run may take longer to start than
    # the pause between two looks.
    key = f"{'-'.join(map(str, ids[:20]))}:{len(ids)}:{int(time.time())}"
    return dg.RunRequest(
        run_key=key, run_config=dg.RunConfig(ops={"retry_letters": Letters(ids=ids, by_hand=False)})
    )


def definitions() -> dg.Definitions:
    return dg.Definitions(
        jobs=[retry_dead_letters, resolve_dead_letters], sensors=[due_dead_letters]
    )


def _due(known: settings.OrchestrationSettings) -> list[int]:
    with blocking.session(known.database_url, name="dead-letters") as connection:
        return queue.ask(connection, AT_ONCE)


def _record(tried: Tried) -> dg.TableRecord:
    letter = tried.letter
    return dg.TableRecord(
        data={"id": letter.id, "key": letter.key, "end": tried.end, "detail": tried.detail}
    )
