"""Waiting for the market monitor: its sensor, its run, the keeper's transaction, nobody's call."""

import asyncio
import sys
import time

from rich.console import Console

from chain.local.acts import Market
from chain.local.client import Landed
from chain.program.states import State
from oddsline.line import Line

#: From the end of the dispute period: a tick, a run's start, a signature, a block. Seconds.
PATIENCE_S = 90.0
LOOK_S = 0.1
ASK_HOLDS_S = 2.0


class NotFinalizedError(Exception):
    """The monitor did not finalize a market that was due."""


class Monitor:
    """What an operator sees of it: it finalizes, or it holds and says why."""

    def __init__(self, line: Line, console: Console) -> None:
        """`line` is the one whose monitor it is."""
        self._line, self._console = line, console

    async def finalized(self, market: Market) -> Landed:
        """Wait until it is FINALIZED on chain; released where a rule of the line's holds it.

        Raises:
            NotFinalizedError: not in time; no daemon, no keeper, or a hold that came again.
        """
        await self._due(market)
        began = time.monotonic()
        deadline, ask_at = began + PATIENCE_S, began + ASK_HOLDS_S
        self._console.print("due by the chain's clock; waiting for the market monitor")
        while (account := await market.account()).state != State.FINALIZED:
            now = time.monotonic()
            if now > deadline:
                raise NotFinalizedError(f"{account.state.name} after {PATIENCE_S:.0f} s")
            if now > ask_at:
                ask_at = now + ASK_HOLDS_S
                if await self._released(market):
                    deadline = now + PATIENCE_S
            await asyncio.sleep(LOOK_S)
        took = time.monotonic() - began
        landed = await market.last_landed()
        self._console.print(f"finalized by the monitor {took:.1f} s later: {landed.signature}")
        return landed

    async def _due(self, market: Market) -> None:
        rpc, account = market.client.rpc, await market.account()
        due = account.resolution_proposed_at + (await market.client.config()).dispute_period
        while (await rpc.get_block_time(await rpc.get_slot()) or 0) < due:  # noqa: ASYNC110 the chain is no event
            await asyncio.sleep(0.2)

    async def _released(self, market: Market) -> bool:
        """Do what an operator would who has looked: release what is held."""
        listed = await self._command("list")
        held = [row for row in listed.splitlines() if row.startswith(market.market_id)]
        if not held:
            return False
        _, rule, reason, *_ = held[0].split("\t")
        self._console.print(f"[yellow]held by the rule {rule}: {reason}[/]; released by hand")
        await self._command("release", market.market_id)
        return True

    async def _command(self, *arguments: str) -> str:
        """`oddsline monitor …` on this line."""
        command = [sys.executable, "-m", "oddsline.cli", "monitor", *arguments]
        process = await asyncio.create_subprocess_exec(
            *command, env=self._line.env, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return said.decode()
