"""What every asset shows beside itself: how fresh it must be, and where the runbook speaks of it."""

import os
from datetime import timedelta

import dagster as dg

#: Group -> the chapter about what makes its assets old or wrong.
CHAPTERS = {
    "raw": "webhook-silent",
    "marts": "fold-behind",
    "votes": "when-a-vote-ends",
    "chain": "transaction-failing",
    "markets": "market-stuck",
    "quality": "check-failed",
}
#: What a schedule makes every five or ten minutes: two missed, then four.
SCHEDULED = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(minutes=45), warn_window=timedelta(minutes=25)
)
TALLIES = dg.AssetKey(["ops", "tallies"])


def complete(definitions: dg.Definitions) -> dg.Definitions:
    """The same definitions, every asset with its link, and with a policy if Dagster makes it."""
    return definitions.map_resolved_asset_specs(func=_completed)


def _completed(spec: dg.AssetSpec) -> dg.AssetSpec:
    made = spec.key.path[0] == "marts" or spec.key == TALLIES
    return spec.replace_attributes(
        metadata={**spec.metadata, **runbook(CHAPTERS[spec.group_name or ""])},
        freshness_policy=spec.freshness_policy or (SCHEDULED if made else None),
    )


def runbook(chapter: str) -> dict[str, dg.MetadataValue]:
    """Metadata that leads to a chapter; a link where ODDSLINE_RUNBOOK_URL is one."""
    # Read like this, a code location loads without the settings that only its runs need.
    where = f"{os.environ.get('ODDSLINE_RUNBOOK_URL', 'docs/runbook.md')}#{chapter}"
    text, url = dg.MetadataValue.text, dg.MetadataValue.url
    return {"runbook": (url if where.startswith("http") else text)(where)}
