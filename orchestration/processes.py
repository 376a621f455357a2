"""The long-lived processes as external assets: they work outside Dagster and report to it.

What they report with is `oddsline.reports`; the keys here are the names they use.
"""

from datetime import timedelta

import dagster as dg

from checks.suites import all_suites
from oddsline import reports

REPORTING = (reports.INTAKE, reports.FOLD, reports.KEEPER)
STALE_AFTER = timedelta(minutes=10)
WARN_AFTER = timedelta(minutes=3)


def tables() -> list[dg.AssetSpec]:
    """What lands: dbt's sources and the quality suites name these."""
    return [
        dg.AssetSpec(
            ["raw", name],
            deps=[reports.INTAKE],
            group_name="raw",
            kinds={"postgres", "table"},
            owners=["team:data"],
            description=description,
        )
        for name, description in (
            ("events", "Every event of the program, keyed by its place on chain; append-only."),
            ("votes", "Signed ballots with their exact bytes; append-only."),
        )
    ]


def kept() -> list[dg.AssetSpec]:
    """What the fold's housekeeping copies from marts, for views above to read."""
    return [
        dg.AssetSpec(
            ["kept", "wallet_rank"],
            deps=[reports.FOLD, dg.AssetKey(["marts", "wallet_daily"])],
            group_name="marts",
            kinds={"postgres", "table"},
            owners=["team:data"],
            description="What each wallet traded within each window, summed every few seconds.",
        )
    ]


def transitions() -> list[dg.AssetSpec]:
    """What the keeper keeps: both locations show it, the marts read it and checks judge it."""
    return [
        dg.AssetSpec(
            ["ops", name],
            deps=[reports.KEEPER],
            group_name="markets",
            kinds={"postgres", "table"},
            owners=["team:operators"],
            description=description,
        )
        for name, description in (
            ("transitions", "What Oddsline wants to happen on chain, as it stands now."),
            ("transition_history", "Every move of every transition; append-only."),
        )
    ]


def quality() -> list[dg.AssetSpec]:
    """What the suites found, and what was made of it and of everything else that is wrong."""
    results, intents = (dg.AssetKey(["ops", name]) for name in ("check_results", "transitions"))
    judged = sorted({dg.AssetKey(list(suite.asset)) for suite in all_suites()})
    told: tuple[tuple[str, list[dg.AssetKey], str], ...] = (
        ("check_results", judged, "Every verdict of every suite; append-only."),
        (
            "alerts",
            [results, intents, *map(dg.AssetKey, REPORTING)],
            "What fires and what did, one row a subject (`./oddsline alerts`).",
        ),
    )
    return [
        dg.AssetSpec(
            ["ops", name],
            deps=deps,
            group_name="quality",
            kinds={"postgres", "table"},
            owners=["team:operators"],
            description=description,
        )
        for name, deps, description in told
    ]


def specs() -> list[dg.AssetSpec]:
    """Intake, fold and keeper: reported every half minute while they live."""
    policy = dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER, warn_window=WARN_AFTER)
    return [
        dg.AssetSpec(
            reports.INTAKE,
            group_name="raw",
            kinds={"python", "postgres"},
            owners=["team:data"],
            description="Webhook intake: decodes deliveries and lands them (`python -m ingestion`).",
            freshness_policy=policy,
        ),
        dg.AssetSpec(
            reports.FOLD,
            deps=[dg.AssetKey(["raw", "events"])],
            group_name="marts",
            kinds={"python", "postgres", "redis"},
            owners=["team:data"],
            description="The live fold: new events into every mart, and the outbox to Redis.",
            freshness_policy=policy,
        ),
        dg.AssetSpec(
            reports.KEEPER,
            group_name="chain",
            kinds={"python", "solana"},
            owners=["team:chain"],
            description="The keeper: lands the open intents of ops.transitions on chain.",
            freshness_policy=policy,
        ),
    ]


def definitions() -> dg.Definitions:
    return dg.Definitions(assets=[*specs(), *tables(), *kept(), *transitions(), *quality()])
