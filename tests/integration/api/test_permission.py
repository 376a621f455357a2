"""Who may read whose positions, and that nothing of one request reaches another."""

import asyncio
import time
from types import SimpleNamespace

import asyncpg
import pytest

from api import keys
from api.database import Claims
from api.models.base import Page
from api.models.markets import Position
from api.tokens import subject
from tests.integration.api import rows
from tests.integration.api.conftest import Api

ALICE = rows.address("alice")
BOB = rows.address("bob")
#: Role, claims, and how many positions a session sees by itself.
WHO = "select current_role, auth.claims()::text, (select count(*) from marts.positions)"


@pytest.fixture
async def held(api: Api) -> Api:
    """Alice and Bob hold one position each."""
    for n, wallet in [(1, ALICE), (2, BOB)]:
        await rows.market(api.owner, n)
        await rows.position(api.owner, n, wallet)
    return api


async def test_positions_without_token_or_key_are_401(held: Api):
    """Nobody in particular reads nobody's positions."""
    answer = await held.get(f"/positions/{ALICE}")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_wallet_reads_its_own_positions(held: Api):
    """The wallet's token opens them, exact and uncached."""
    answer = await held.get(f"/positions/{ALICE}", headers=held.token(ALICE))

    page = Page[Position].model_validate_json(answer.content)
    assert [(p.wallet, p.invested) for p in page.data] == [(ALICE, str(2**64 - 1))]
    assert answer.headers["cache-control"] == "private, no-store"
    assert "etag" not in answer.headers


async def test_another_wallets_positions_are_403(held: Api):
    """A token opens nothing but its own."""
    answer = await held.get(f"/positions/{BOB}", headers=held.token(ALICE))

    assert answer.status_code == 403


async def test_a_service_key_reads_any_wallets_positions(held: Api):
    """What desks and our own tools use."""
    answer = await held.get(f"/positions/{BOB}", headers=await held.key("service"))

    assert [p["wallet"] for p in answer.json()["data"]] == [BOB]


async def test_a_key_without_the_service_scope_is_403(held: Api):
    """A reading key reads what is public."""
    answer = await held.get(f"/positions/{BOB}", headers=await held.key("read", "stream:all"))

    assert answer.status_code == 403


async def test_positions_page_by_market(held: Api):
    """A wallet in many markets gets them all, once each."""
    for n in range(3, 8):
        await rows.market(held.owner, n)
        await rows.position(held.owner, n, ALICE)
    headers, seen, cursor = held.token(ALICE), [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await held.get(f"/positions/{ALICE}", headers=headers, params=params)).json()
        seen += [p["market_id"] for p in page["data"]]
        cursor = page["next_cursor"]
        if not cursor:
            break

    assert sorted(seen) == sorted(rows.market_id(n) for n in (1, 3, 4, 5, 6, 7))


@pytest.mark.parametrize("shown", ["Bearer", "Basic abc", "Bearer not.a.token", "Bearer "])
async def test_a_bad_token_is_401_even_for_the_own_wallet(held: Api, shown: str):
    """Malformed credentials are refused, not ignored."""
    answer = await held.get(f"/positions/{ALICE}", headers={"Authorization": shown})

    assert answer.status_code == 401


async def test_postgres_refuses_what_the_code_forgot_to(held: Api):
    """Even a query for another wallet's rows finds none under the reader's own claims."""
    claims = Claims(subject(ALICE), ALICE)

    stolen = await held.service.database.rows_as(claims, "positions", BOB, None, "10")
    own = await held.service.database.rows_as(claims, "positions", ALICE, None, "10")

    assert (len(stolen), len(own)) == (0, 1)


async def test_the_public_role_cannot_read_positions_at_all(held: Api):
    """anon lacks the grant, which is an error, not an empty answer."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await held.service.database.rows("positions", ALICE, None, "10")


async def test_the_public_login_cannot_become_the_service_role(held: Api):
    """What auth.query takes on is bounded by what the login may become."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await held.service.database.public.fetch(
            "select * from auth.query('service_role', '{}', 'select 1::text', '{}')"
        )


async def test_nothing_of_a_caller_stays_on_a_pooled_connection(held: Api):
    """After many wallets' reads at once no session carries claims, and none shows a row."""
    wallets = [ALICE, BOB] * 40
    answers = await asyncio.gather(
        *(held.get(f"/positions/{wallet}", headers=held.token(wallet)) for wallet in wallets)
    )
    seen = [{p["wallet"] for p in answer.json()["data"]} for answer in answers]
    assert seen == [{wallet} for wallet in wallets]

    pool = held.service.database.wallets
    taken = [await pool.acquire() for _ in range(pool.get_size())]
    left = [await c.fetchrow(WHO) for c in taken]
    for connection in taken:
        await pool.release(connection)

    assert {tuple(row) for row in left} == {("authenticated", None, 0)}


async def test_a_failed_read_leaves_nothing_on_its_connection(held: Api):
    """An error inside the statement drops the claims like success does."""
    claims = Claims(subject(ALICE), ALICE)
    with pytest.raises(asyncpg.PostgresError):
        await held.service.database.rows_as(claims, "positions", ALICE, None, "not a number")

    row = await held.service.database.wallets.fetchrow(WHO)

    assert tuple(row) == ("authenticated", None, 0)


async def test_pages_past_the_framework_are_those_of_the_framework(held: Api):
    """The lane for a wallet's first page answers as the documented route does."""
    path, headers = f"/positions/{ALICE}", held.token(ALICE)
    lane = await held.get(path, headers=headers)
    documented = await held.get(path, headers=headers, params={"limit": 100})

    assert lane.json() == documented.json()
    volatile = {"x-request-id", "ratelimit-remaining", "ratelimit-reset"}
    heads = [{n: v for n, v in a.headers.items() if n not in volatile} for a in (lane, documented)]
    assert heads[0] == heads[1]


async def test_a_revoked_key_is_refused_within_seconds(held: Api):
    """The ring forgets a revoked key at its next refresh."""
    headers = await held.key("service")
    assert (await held.get("/markets", headers=headers)).status_code == 200
    await held.owner.execute("update ops.api_keys set revoked_at = now()")
    held.service.keys.expire()

    answer = await held.get("/markets", headers=headers)

    assert answer.status_code == 401


async def test_a_revocation_that_nobody_told_is_known_within_five_seconds(
    held: Api, monkeypatch: pytest.MonkeyPatch
):
    """A key in use all the while: the ring vouches for no longer than that without the table."""
    headers, later = await held.key("service"), time.monotonic() + 4.9
    assert (await held.get("/markets", headers=headers)).status_code == 200
    await held.owner.execute("update ops.api_keys set revoked_at = now()")
    monkeypatch.setattr(keys, "time", SimpleNamespace(monotonic=lambda: later, time=time.time))

    assert (await held.get("/markets", headers=headers)).status_code == 401


async def test_two_keys_of_one_name_are_good_until_the_older_is_revoked(held: Api):
    """Which is how a desk changes its key without a moment's silence."""
    older, newer = await held.key("service"), await held.key("service")
    both = [(await held.get(f"/positions/{BOB}", headers=h)).status_code for h in (older, newer)]
    prefix = older["X-API-Key"].split("_")[1]
    await held.owner.execute("update ops.api_keys set revoked_at = now() where prefix = $1", prefix)
    held.service.keys.expire()
    after = [(await held.get(f"/positions/{BOB}", headers=h)).status_code for h in (older, newer)]

    assert both == [200, 200]
    assert after == [401, 200]


@pytest.mark.parametrize("text", ["ol_000000000000_" + "x" * 43, "nonsense", ""])
async def test_an_unknown_key_is_401(api: Api, text: str):
    """A key that is none is not quietly counted as nobody."""
    answer = await api.get("/markets", headers={"X-API-Key": text})

    assert answer.status_code == 401


async def test_an_expired_key_is_401(api: Api):
    """A key ends when it says."""
    headers = await api.key("read")
    await api.owner.execute("update ops.api_keys set expires_at = now() - interval '1 second'")

    assert (await api.get("/markets", headers=headers)).status_code == 401
