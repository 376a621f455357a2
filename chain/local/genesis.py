"""The first transactions of a local chain: money for the roles, the program's configuration.

`python -m chain.local.genesis` does what is missing and nothing twice, through RPC like anyone:
`oddsline up` runs it at every start, on a fresh chain as on one that has its past.
"""

import asyncio
import sys
import time

import structlog
from pydantic import Field
from solders.instruction import Instruction

from chain.local.client import SOL, Client, Refused
from chain.local.roles import Roles
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program import instructions
from chain.program.accounts import GlobalConfig
from chain.program.addresses import global_config_address
from chain.program.interface import load_program
from chain.rpc import Rpc
from chain.rpc_errors import RpcError
from oddsline import logs
from oddsline.settings import Settings, SettingsError, load

SERVICE = "genesis"
#: What each role starts with: enough for fees for years.
PURSE = 1_000 * SOL
PATIENCE_S = 30.0


class GenesisSettings(Settings):
    """What the local configuration says; Postgres and Redis are not needed."""

    database_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    redis_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    program_id: str = LOCAL_PROGRAM_ID

    #: Seconds: a market's end comes while one watches.
    local_dispute_period: int = Field(10, ge=1)


async def genesis(client: Client, roles: Roles, *, dispute_period: int) -> GlobalConfig:
    """See to it that the roles have money and the program its configuration.

    Args:
        client: the program on its chain.
        roles: whose keys to fund; admin and backend go into the configuration.
        dispute_period: seconds.

    Returns:
        The configuration in force; one that others made is left as it is but for the period.

    Raises:
        chain.local.client.Refused: the configuration belongs to another admin.
    """
    await client.fund(roles, PURSE)
    address = global_config_address(client.program.program_id)
    if await client.read(address, GlobalConfig) is None:
        await client.send(_initialize(client, roles), signers=[roles.admin])
    config = await client.config()
    if config.dispute_period != dispute_period:
        change = _with_period(client, roles, config, dispute_period)
        await client.send(change, signers=[roles.admin])
    return await client.config()


def _initialize(client: Client, roles: Roles) -> Instruction:
    return instructions.initialize_global_config(
        client.program,
        admin=str(roles.admin.pubkey()),
        protocol_fee_wallet=str(roles.fees.pubkey()),
        backend_authority=str(roles.backend.pubkey()),
    )


def _with_period(client: Client, roles: Roles, config: GlobalConfig, period: int) -> Instruction:
    return instructions.update_global_config(
        client.program,
        admin=str(roles.admin.pubkey()),
        protocol_fee_bps=config.protocol_fee_bps,
        resolver_reward_bps=config.resolver_reward_bps,
        liquidity_provider_fee_bps=config.liquidity_provider_fee_bps,
        proposal_approval_threshold=config.proposal_approval_threshold,
        dispute_success_threshold=config.dispute_success_threshold,
        dispute_period=period,
    )


async def answering(rpc: Rpc, *, patience_s: float = PATIENCE_S) -> None:
    """Wait until the node is well.

    Raises:
        chain.rpc_errors.RpcError: it is not in time.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return await rpc.get_health()
        except RpcError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)


async def run(settings: GenesisSettings) -> None:
    """Genesis on the configured chain."""
    async with Rpc(settings.chain_url) as rpc:
        await answering(rpc)
        client = Client(rpc, load_program(settings.program_id))
        config = await genesis(
            client, Roles.of(settings), dispute_period=settings.local_dispute_period
        )
        structlog.get_logger().info(
            "configured", admin=config.admin, dispute_period_s=config.dispute_period
        )


def main() -> None:
    """Read the settings, then run; exits 1 with one line when it cannot."""
    try:
        settings = load(GenesisSettings)
        logs.configure(SERVICE, level=settings.log_level)
        asyncio.run(run(settings))
    except (SettingsError, RpcError, Refused) as refused:
        sys.exit(f"{SERVICE}: {refused}")


if __name__ == "__main__":
    main()
