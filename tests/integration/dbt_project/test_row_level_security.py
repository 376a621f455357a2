"""Who reads what: each table and view, each role, each verb."""

import json

import asyncpg
import pytest

from tests.support.events import Chain, Market, P, land, wallet
from tests.support.marts import fold

#: Mart -> roles that read all of it; positions and what is above are by wallet.
BY_WALLET = {"positions", "position_pnl", "wallets"}
#: Over ops, which nobody but the owner reads: with the owner's rights, for staff alone.
FOR_STAFF = {"transition_days", "transition_success"}
ROLES = ("anon", "authenticated", "service_role", "analyst")


@pytest.fixture
async def traded(connection: asyncpg.Connection) -> asyncpg.Connection:
    """Two wallets hold positions in one market."""
    market = Market(Chain(), 1)
    await land(connection, [*market.opened(), market.bought(1, P), market.bought(2, P)])
    await fold(connection)
    return connection


async def become(connection: asyncpg.Connection, role: str, who: int | None = None) -> None:
    """Take on a role with a wallet's claims, as a request does."""
    claims = json.dumps({"wallet": wallet(who)}) if who is not None else ""
    await connection.execute(f"set local role {role}")
    await connection.execute("select set_config('request.jwt.claims', $1, true)", claims)


async def run_as(
    connection: asyncpg.Connection, role: str, query: str, who: int | None = None
) -> list[asyncpg.Record]:
    """One statement under a role, in a transaction of its own."""
    async with connection.transaction():
        await become(connection, role, who)
        rows: list[asyncpg.Record] = await connection.fetch(query)
        return rows


async def relations(connection: asyncpg.Connection) -> dict[str, asyncpg.Record]:
    rows = await connection.fetch(
        "select c.relname, c.relkind, c.relrowsecurity, c.reloptions, "
        "(select count(*) from pg_policy as p where p.polrelid = c.oid) as policies "
        "from pg_class as c where c.relnamespace = 'marts'::regnamespace "
        "and c.relkind in ('r', 'v', 'm', 'p')"
    )
    return {row["relname"]: row for row in rows}


async def test_every_table_has_policies_and_every_view_reads_as_its_reader(
    connection: asyncpg.Connection,
) -> None:
    """The catalogue: row security with at least one policy, or security_invoker."""
    found = await relations(connection)

    assert {"markets", "trades", "positions", "votes", "wallets"} <= found.keys()
    for name, row in found.items():
        if name in FOR_STAFF:
            assert "security_invoker=false" in (row["reloptions"] or []), name
        elif row["relkind"] == b"v":
            assert "security_invoker=true" in (row["reloptions"] or []), name
        else:
            assert row["relkind"] == b"r", name
            assert row["relrowsecurity"], name
            assert row["policies"] > 0, name


async def test_policies_ask_for_the_wallet_once_per_query(connection: asyncpg.Connection) -> None:
    """auth.wallet() stands in a scalar select, so that it is not called per row."""
    policies = await connection.fetch(
        "select qual from pg_policies where schemaname = 'marts' and qual like '%wallet%'"
    )

    assert policies
    assert all("SELECT auth.wallet()" in p["qual"] for p in policies)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(FOR_STAFF))
async def test_what_is_for_staff_is_refused_to_everybody_else(
    connection: asyncpg.Connection, role: str, name: str
) -> None:
    """Service and analyst read it, whatever they may read below it; a request does not."""
    if role in ("service_role", "analyst"):
        await run_as(connection, role, f"select * from marts.{name}")
    else:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run_as(connection, role, f"select * from marts.{name}")


VERBS = {
    "select": "select from marts.{0}",
    "insert": "insert into marts.{0} default values",
    "update": "update marts.{0} set {1} = {1}",
    "delete": "delete from marts.{0}",
    "truncate": "truncate marts.{0}",
}
#: Not permitted; a view that no rule makes writable; not a table.
REFUSED = {"42501", "55000", "42809"}


def may_read(role: str, relation: str) -> bool:
    """The whole matrix: staff reads all, a request what is public or its own."""
    if role in ("service_role", "analyst"):
        return True
    if relation in BY_WALLET:
        return role == "authenticated"
    return relation not in FOR_STAFF


@pytest.mark.parametrize("role", ROLES)
async def test_each_relation_allows_a_role_to_read_at_most(
    traded: asyncpg.Connection, role: str
) -> None:
    """Every table and view x role x verb: allowed is reading, by who may; all else is refused."""
    found = await relations(traded)
    allowed, refusals = set(), set()
    for name in found:
        column = await traded.fetchval(
            "select attname from pg_attribute where attrelid = $1::regclass and attnum = 1",
            f"marts.{name}",
        )
        for verb, statement in VERBS.items():
            try:
                await run_as(traded, role, statement.format(name, column))
                allowed.add((name, verb))
            except asyncpg.PostgresError as refused:
                refusals.add(refused.sqlstate)

    assert allowed == {(name, "select") for name in found if may_read(role, name)}
    assert refusals <= REFUSED


@pytest.mark.parametrize("relation", sorted(BY_WALLET))
async def test_a_wallet_reads_its_own_and_no_other(
    traded: asyncpg.Connection, relation: str
) -> None:
    """authenticated: own rows, even where the query asks for another's."""
    async with traded.transaction():
        await become(traded, "authenticated", 1)
        rows = await traded.fetch(f"select wallet from marts.{relation}")
        other = await traded.fetch(
            f"select wallet from marts.{relation} where wallet = $1", wallet(2)
        )

    assert [row["wallet"] for row in rows] == [wallet(1)]
    assert other == []


@pytest.mark.parametrize("relation", sorted(BY_WALLET))
async def test_without_claims_nobody_is_seen_and_anon_is_refused(
    traded: asyncpg.Connection, relation: str
) -> None:
    """A failing policy is silently empty; a missing grant is an error."""
    async with traded.transaction():
        await become(traded, "authenticated")
        assert await traded.fetch(f"select wallet from marts.{relation}") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run_as(traded, "anon", f"select wallet from marts.{relation}", 1)


@pytest.mark.parametrize("role", ["service_role", "analyst"])
async def test_staff_reads_all_positions(traded: asyncpg.Connection, role: str) -> None:
    """The service role and analysts see every wallet."""
    async with traded.transaction():
        await become(traded, role)
        rows = await traded.fetch("select wallet from marts.positions")

    assert {row["wallet"] for row in rows} == {wallet(1), wallet(2)}


async def seen(connection: asyncpg.Connection, relation: str) -> list[int]:
    """How many rows each role sees, as wallet 1; -1 where it is refused."""
    counts = []
    for role in ROLES:
        try:
            counts.append(len(await run_as(connection, role, f"select from marts.{relation}", 1)))
        except asyncpg.InsufficientPrivilegeError:
            counts.append(-1)
    return counts


async def test_each_policy_that_is_dropped_changes_what_somebody_sees(
    traded: asyncpg.Connection,
) -> None:
    """The mutation: none of the policies is there for nothing, and none could go unnoticed."""
    market = Market(Chain(seed=1), 2)
    config = {"admin": "A", "backend_authority": "B", "protocol_fee_bps": 300}
    configured = market.chain.event("GlobalConfigInitialized", config)
    await land(traded, [configured, market.voted(1), market.claimed(1, P)])
    await fold(traded)
    await traded.execute(
        "insert into marts.ballots (market_id, market_address, kind, round, wallet, choice, nonce, "
        "cast_at) values ('m', 'M', 'proposal', 'r', 'w', 'like', 1, now())"
    )
    await traded.execute("select live.refresh_market_rank(), live.refresh_wallet_rank(true)")
    policies = await traded.fetch(
        "select tablename, policyname from pg_policies where schemaname = 'marts'"
    )

    assert {policy["tablename"] for policy in policies} >= {"positions", "payouts", "ballots"}
    for table, policy in policies:
        before = await seen(traded, table)
        await traded.execute(f"drop policy {policy} on marts.{table}")
        assert await seen(traded, table) != before, (table, policy)


async def test_without_row_security_a_wallet_would_see_anothers(
    traded: asyncpg.Connection,
) -> None:
    """The other mutation: it is the policy, not the query, that hides the other's row."""
    await traded.execute("alter table marts.positions disable row level security")

    assert await seen(traded, "positions") == [-1, 2, 2, 2]


async def test_public_traffic_cannot_become_the_service_role(logins: dict[str, str]) -> None:
    """The authenticator's login takes on anon and authenticated, nothing above."""
    connection = await asyncpg.connect(logins["authenticator"])
    try:
        for role in ("service_role", "analyst", "oddsline"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"set role {role}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from marts.markets")
    finally:
        await connection.close()


async def test_analysts_read_marts_and_no_secrets(logins: dict[str, str]) -> None:
    """Every mart, with a time limit, read-only; no keys, no payloads."""
    connection = await asyncpg.connect(logins["analyst"])
    try:
        names = await connection.fetch(
            "select relname from pg_class where relnamespace = 'marts'::regnamespace "
            "and relkind in ('r', 'v')"
        )
        for name in names:
            await connection.fetch(f"select * from marts.{name['relname']} limit 1")
        assert await connection.fetchval("show statement_timeout") == "1min"
        for secret in ("ops.api_keys", "raw.payloads", "raw.deliveries"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select * from {secret}")
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("create table marts.mine (x int)")
    finally:
        await connection.close()
