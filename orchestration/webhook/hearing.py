"""Does the webhook bring what there is to bring? What it did not is a window to fetch."""

import asyncio
import time

from chain.rpc import Rpc
from ingestion.helius.silence import Heard, Silence, listen
from oddsline import alerts, blocking, postgres
from orchestration.settings import OrchestrationSettings

ALERT_RULE = "webhook_silent"


def hear(known: OrchestrationSettings, *, above: int) -> Heard:
    """Listen once; an alert fires while the newest transactions are not delivered.

    Args:
        above: slots up to here have been dealt with.

    Raises:
        RpcError: the node cannot say.
    """
    heard = asyncio.run(_listen(known, above))
    with blocking.session(known.database_url, name="webhook") as connection:
        if heard.silence is not None and not heard.speaks:
            summary = told(heard.silence)
            alerts.fire(connection, alerts.Alert(ALERT_RULE, known.program_id, "warning", summary))
        elif heard.speaks:
            alerts.resolve(connection, ALERT_RULE, known.program_id)
    return heard


def told(silence: Silence) -> str:
    """The window in words."""
    return (
        f"no delivery brought {silence.undelivered} transactions of slots "
        f"{silence.from_slot} to {silence.to_slot}, the oldest {silence.oldest_age_s:.0f} s old"
    )


async def _listen(known: OrchestrationSettings, above: int) -> Heard:
    pool = await postgres.open_pool(known.database_url, name="webhook", max_size=1)
    try:
        async with Rpc(known.chain_url) as rpc:
            return await listen(
                pool,
                rpc,
                known.program_id,
                now=time.time(),
                limit_s=known.webhook_silence_s,
                above=above,
            )
    finally:
        await pool.close()
