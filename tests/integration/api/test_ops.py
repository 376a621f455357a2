"""The operators' desk: for an admin key alone, and it shows what waits, failed and fires."""

import pytest

from api.models.ops import Desk
from orchestration import home
from tests.integration.api.conftest import Api

FAULTS = """
    insert into ops.alerts (rule, subject, severity, state, summary)
    values ('market_stuck', 'markets', 'critical', 'firing', '3 markets should have moved');
    insert into ops.check_results (suite, check_name, passed, severity, observed, checked_at)
    values
        ('markets', 'price_in_unit', true, 'critical', '{}', now() - interval '1 hour'),
        ('markets', 'price_in_unit', false, 'critical', '{"unexpected_count": 2}', now()),
        ('ballots', 'is_counted', true, 'critical', '{}', now());
    insert into ops.dead_letters (kind, key, payload, reason, class, status)
    values ('transition', 'a', '{}', 'no fee budget', 'Permanent', 'manual_review');
    insert into ops.transitions (idempotency_key, market_id, action, role, state, error_name)
    values ('k', 'aa', 'finalize_market', 'admin', 'failed', 'Unauthorized');
    insert into raw.slot_ranges (program_id, from_slot, to_slot, source, commitment, signatures,
        signatures_hash, standing)
    values ('program', 1, 2, 'rpc', 'finalized', 17, '', 'agreed');
"""


@pytest.mark.parametrize(("scopes", "status"), [(None, 401), ((), 403), (("service",), 403)])
async def test_only_an_admin_key_opens_the_desk(api: Api, scopes, status):
    """Without a key, with a reader's and with a service's: refused, and told why."""
    headers = {} if scopes is None else await api.key(*scopes)

    answer = await api.get("/ops/desk", headers=headers)

    assert answer.status_code == status
    assert "admin" in answer.json()["detail"]


async def test_the_desk_shows_what_is_wrong_first(api: Api):
    """An alert, a failing check with its past, a letter for a person, a failed transition."""
    await api.owner.execute(FAULTS)

    answer = await api.get("/ops/desk", headers=await api.key("admin"))

    assert answer.headers["cache-control"] == "private, no-store"
    desk = Desk.model_validate(answer.json()["data"])
    assert [alert.rule for alert in desk.alerts] == ["market_stuck"]
    assert [(check.name, check.lately, check.unexpected) for check in desk.checks] == [
        ("price_in_unit", [True, False], "2"),
        ("is_counted", [True], None),
    ]
    assert [letter.status for letter in desk.dead_letters] == ["manual_review"]
    assert [intent.error_name for intent in desk.transitions] == ["Unauthorized"]
    assert (len(desk.flow.per_minute), sum(desk.flow.per_minute)) == (60, 17)
    assert desk.runs is None  # Dagster never started here


async def test_failed_runs_stand_before_newer_ones(api: Api, database: str, tmp_path):
    """The API reads Dagster's own table, as its own role, once Dagster was prepared."""
    home.prepare(tmp_path / "dagster", database)
    await api.owner.execute(
        """create table dagster.runs (id bigint primary key, run_id text, pipeline_name text,
               status text, create_timestamp timestamp, start_time float8, end_time float8);
           insert into dagster.runs
           select n, 'run' || n, 'retention', case n when 1 then 'FAILURE' else 'SUCCESS' end,
               now() at time zone 'UTC', 100, 100 + n
           from generate_series(1, 20) as n"""
    )

    answer = await api.get("/ops/desk", headers=await api.key("admin"))

    runs = Desk.model_validate(answer.json()["data"]).runs
    assert runs is not None
    assert [(run.run_id, run.status) for run in runs[:2]] == [
        ("run1", "failure"),
        ("run20", "success"),
    ]
    assert (len(runs), runs[0].seconds) == (13, 1.0)
