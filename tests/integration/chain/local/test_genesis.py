"""A fresh chain gets its roles and its configuration by transactions, once."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from solders.keypair import Keypair

from chain.local.client import SOL, Client, Refused
from chain.local.genesis import PURSE, genesis
from chain.local.roles import Roles
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline.settings import Settings

from .conftest import started


def settings(home: Path, **changes: Path) -> Settings:
    """A line's settings; the servers are not asked."""
    urls = {"database_url": "postgresql://nowhere/x", "redis_url": "redis://nowhere/0"}
    return Settings.model_validate({"home": home, **urls, **changes})


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """A client of a fresh chain with quick slots."""
    async with started(tmp_path / "chain", chain_slot_ms=20) as node, Rpc(node.url) as rpc:
        yield Client(rpc, load_program(LOCAL_PROGRAM_ID))


async def test_a_fresh_chain_is_configured_and_its_roles_have_money(client: Client, tmp_path: Path):
    """Admin, backend and fee wallet are the line's own; the dispute period is seconds."""
    roles = Roles.of(settings(tmp_path))
    config = await genesis(client, roles, dispute_period=7)

    assert config.admin == str(roles.admin.pubkey())
    assert config.backend_authority == str(roles.backend.pubkey())
    assert config.protocol_fee_wallet == str(roles.fees.pubkey())
    assert config.dispute_period == 7
    assert config.protocol_fee_bps == 300
    for role in roles:
        assert await client.rpc.get_balance(str(role.pubkey())) > PURSE // 2


async def test_a_second_genesis_sends_nothing(client: Client, tmp_path: Path):
    """A line that starts again finds everything done."""
    roles = Roles.of(settings(tmp_path))
    first = await genesis(client, roles, dispute_period=7)
    before = await client.rpc.get_balance(str(roles.admin.pubkey()))

    assert await genesis(client, roles, dispute_period=7) == first
    assert await client.rpc.get_balance(str(roles.admin.pubkey())) == before


async def test_the_period_follows_the_setting(client: Client, tmp_path: Path):
    """Only the dispute period changes."""
    roles = Roles.of(settings(tmp_path))
    first = await genesis(client, roles, dispute_period=7)
    second = await genesis(client, roles, dispute_period=9)

    assert second.dispute_period == 9
    assert second.min_resolution_delay == first.min_resolution_delay


async def test_anothers_configuration_is_not_ours_to_change(client: Client, tmp_path: Path):
    """With other keys than the admin's, the program says no and so does genesis."""
    await genesis(client, Roles.of(settings(tmp_path / "one")), dispute_period=7)

    with pytest.raises(Refused, match="Unauthorized"):
        await genesis(client, Roles.of(settings(tmp_path / "two")), dispute_period=8)


async def test_what_the_chain_refuses_is_named(client: Client, tmp_path: Path):
    """A wallet without lamports cannot pay: the runtime's own word."""
    roles = Roles.of(settings(tmp_path))
    await genesis(client, roles, dispute_period=7)
    poor = Keypair()
    await client.fund([poor], SOL)

    with pytest.raises(Refused):
        await genesis(client, roles._replace(admin=poor), dispute_period=1)


def test_keys_are_made_once_and_are_only_their_owners(tmp_path: Path):
    """Files under keys/ with mode 0600, the same keys at the next start; admin also activates."""
    first, second = Roles.of(settings(tmp_path)), Roles.of(settings(tmp_path))
    files = list((tmp_path / "keys").iterdir())

    assert first == second
    assert first.activator == first.admin
    assert len(files) == len(Roles._fields)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_configured_key_is_taken(tmp_path: Path):
    """ODDSLINE_KEYPAIR_BACKEND names a file in Solana's format."""
    backend = Keypair()
    path = tmp_path / "backend.json"
    path.write_text(backend.to_json())

    assert Roles.of(settings(tmp_path, keypair_backend=path)).backend == backend
