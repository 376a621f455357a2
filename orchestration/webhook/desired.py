"""Keep the webhook as the settings want it, and say when it was not."""

import asyncio

from ingestion.helius.client import HeliusError
from ingestion.helius.reconcile import Finding
from ingestion.helius.sync import HeliusSettings, synchronise
from oddsline import alerts, blocking, settings

ALERT_RULE = "webhook_misconfigured"


def tend(database_url: str) -> str | None:
    """Mend the webhook; what there was to say about it, None when all is as wanted.

    An alert fires while something had to be done, or could not be, and ends with the first look
    that finds the webhook as wanted.

    Raises:
        SettingsError: a key to manage the webhook is set, and not what it should be.
    """
    known = settings.load(HeliusSettings)
    try:
        said = _said(asyncio.run(synchronise(known, apply=True)))
    except HeliusError as error:
        said = f"Helius could not be asked: {error}"
        if error.transient:
            return said  # whether it is as wanted is not known; the next look will tell
    with blocking.session(database_url, name="webhook") as connection:
        if said is None:
            alerts.resolve(connection, ALERT_RULE, known.program_id)
        else:
            alert = alerts.Alert(ALERT_RULE, known.program_id, "warning", said)
            alerts.fire(connection, alert)
    return said


def _said(finding: Finding) -> str | None:
    done = [f"{action.kind}: {action.why}" for action in finding.actions]
    surplus = [f"webhook {other} has our URL too" for other in finding.surplus]
    return "; ".join(done + surplus) or None
