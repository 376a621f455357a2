"""What waits for a person and how transitions end, as the API tells it."""

from api.models.base import Page
from api.models.status import Held, Success
from tests.integration.api import rows
from tests.integration.api.conftest import Api


async def test_a_held_market_is_shown_with_its_reason_until_it_is_released(api: Api):
    """GET /status/holds: which rule, why, since when."""
    market_id = await rows.market(api.owner, 1)
    hold = "insert into ops.holds (market_id, reason, rule) values ($1, $2, $3)"
    await api.owner.execute(
        hold, market_id, "resolved 12 s after it was activated", "early_resolution"
    )

    (held,) = Page[Held].model_validate_json((await api.get("/status/holds")).content).data
    await api.owner.execute("update ops.holds set released_at = now()")
    after = Page[Held].model_validate_json((await api.get("/status/holds")).content).data

    assert (held.market_id, held.rule) == (market_id, "early_resolution")
    assert held.reason == "resolved 12 s after it was activated"
    assert after == []


async def test_the_success_rate_is_told_by_window(api: Api):
    """One transition ended well an hour and a half ago, one badly just now."""
    for number, (state, age) in enumerate((("done", "90 minutes"), ("failed", "1 minute"))):
        await api.owner.execute(
            """with intent as (
                   insert into ops.transitions (idempotency_key, action, role)
                   values ($1, 'finalize_market', 'backend') returning id)
               insert into ops.transition_history (transition_id, from_state, to_state, at)
               select id, 'leased', $2::ops.transition_state, now() - $3::text::interval from intent""",
            f"key-{number}",
            state,
            age,
        )

    told = Page[Success].model_validate_json((await api.get("/status/transitions")).content).data

    assert [(one.window, one.ended, one.succeeded, one.success_percent) for one in told] == [
        ("1h", 1, 0, 0.0),
        ("24h", 2, 1, 50.0),
        ("7d", 2, 1, 50.0),
    ]
