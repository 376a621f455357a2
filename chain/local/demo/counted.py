"""Waiting for the scheduled count: ballots in, the keeper's one transaction out, nobody's call."""

import asyncio
import sys
import time

from rich.console import Console

from chain.local.acts import Market
from chain.local.client import Landed
from chain.local.demo.compare import DifferenceError
from chain.program.states import State
from oddsline.line import Line

#: The usual pause between two counts is five minutes; then a run's start and a block. Seconds.
PATIENCE_S = 390.0
LOOK_S = 0.1


class NotApprovedError(Exception):
    """The count did not approve a market that has the votes for it."""


class Count:
    """What voters see of it: an approval on chain, and a recount that says the same."""

    def __init__(self, line: Line, console: Console) -> None:
        """`line` is the one whose schedule counts."""
        self._line, self._console = line, console

    async def approved(self, market: Market) -> Landed:
        """Wait until it is no proposal any more.

        Raises:
            NotApprovedError: not in time; no daemon, no keeper, or more voters are asked for.
        """
        began = time.monotonic()
        self._console.print("voted on; waiting for the scheduled count")
        while (account := await market.account()).state == State.PROPOSED:
            if time.monotonic() > began + PATIENCE_S:
                raise NotApprovedError(f"{account.state.name} after {PATIENCE_S:.0f} s")
            await asyncio.sleep(LOOK_S)
        landed = await market.last_landed()
        took = time.monotonic() - began
        self._console.print(f"approved by the count {took:.1f} s later: {landed.signature}")
        return landed

    async def recounted(self, market: Market) -> None:
        """Anybody's recount: from the public ballots and the chain alone.

        Raises:
            DifferenceError: it does not find what the chain was told.
        """
        rpc, program = self._line.url("chain"), market.client.program.program_id
        command = [sys.executable, "-m", "oddsline.cli", "votes", "verify"]
        command += ["--market", market.market_id, "--rpc", rpc, "--program", program]
        process = await asyncio.create_subprocess_exec(
            *command, "--api", self._line.url("api"), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        self._console.print(said.decode().rstrip(), markup=False)
        if process.returncode:
            raise DifferenceError("the recount does not say what the chain was told")
