"""The webhook's watch as Dagster runs it: a sensor that mends and listens, a job that fetches."""

import asyncio

import dagster as dg
from pydantic import Field

from ingestion.ledger.ranges import Piece, Range
from ingestion.settings import LedgerSettings
from oddsline.settings import load
from orchestration import settings
from orchestration.webhook import desired, hearing

LOOK_EVERY_S = 30
#: The provider is away, or the window is not final yet.
RETRIES = dg.RetryPolicy(max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL)


class Window(dg.Config):
    """Slots that no delivery brought, both included."""

    from_slot: int = Field(ge=0)
    to_slot: int = Field(ge=0)


@dg.op(retry_policy=RETRIES)
def backfill_slots(context: dg.OpExecutionContext, config: Window) -> None:
    """Settle the window against the provider's list, and show what stays open."""
    span = Range(config.from_slot, config.to_slot)
    pieces = asyncio.run(_settle(span))
    gaps = [piece for piece in pieces if piece.reason is not None]
    columns = [dg.TableColumn(name) for name in Piece._fields]
    records = [dg.TableRecord(data=gap._asdict()) for gap in gaps]
    shown = {
        "slots": dg.MetadataValue.int(span.high - span.low + 1),
        "open": dg.MetadataValue.table(records, schema=dg.TableSchema(columns)),
    }
    if gaps:
        raise dg.Failure(f"{len(gaps)} ranges stay open", metadata=shown)
    context.add_output_metadata(shown)


@dg.job(tags={"lane": "live"})
def backfill_silence() -> None:
    """Fetches a window of slots that the webhook was silent about."""
    backfill_slots()


@dg.sensor(
    job=backfill_silence,
    minimum_interval_seconds=LOOK_EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def watch_webhook(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Keeps Helius' webhook as it should be, and asks for a backfill of what it did not bring."""
    known = settings.load()
    if known.helius_api_key is not None:
        said = desired.tend(known.database_url)
        context.log.info("webhook: %s", said or "as wanted")
    silence = hearing.hear(known, above=int(context.cursor or -1)).silence
    if silence is None:
        return dg.SkipReason("deliveries brought all there was to bring")
    context.log.warning("webhook: %s", hearing.told(silence))
    window = Window(from_slot=silence.from_slot, to_slot=silence.to_slot)
    request = dg.RunRequest(
        run_key=f"{window.from_slot}-{window.to_slot}",
        run_config=dg.RunConfig(ops={"backfill_slots": window}),
    )
    return dg.SensorResult(run_requests=[request], cursor=str(silence.to_slot))


def definitions() -> dg.Definitions:
    return dg.Definitions(jobs=[backfill_silence], sensors=[watch_webhook])


async def _settle(span: Range) -> list[Piece]:
    # Imported when there is something to fetch: it brings the whole ledger along, and every run of
    # the monitor's starts by importing this module.
    from ingestion.backfill import backfill, workshop

    async with workshop(load(LedgerSettings)) as tools:
        return [piece async for cut in backfill(tools.walker, span) for piece in cut]
