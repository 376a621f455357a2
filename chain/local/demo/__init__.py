"""`oddsline demo`: one market's life, what the chain says and what REST says side by side."""

import asyncio
from typing import Annotated

import httpx2
import typer
from rich.console import Console

from chain.local.client import Client, Refused
from chain.local.demo.compare import Comparison, DifferenceError
from chain.local.demo.counted import Count, NotApprovedError
from chain.local.demo.followed import Outage
from chain.local.demo.monitor import Monitor, NotFinalizedError
from chain.local.demo.story import tell
from chain.local.genesis import GenesisSettings, answering
from chain.local.roles import Roles
from chain.program.interface import load_program
from chain.rpc import Rpc
from chain.rpc_errors import RpcError
from oddsline.line import Line
from oddsline.supervisor.config import CORE

console = Console(highlight=False)
FAILURES = (
    DifferenceError,
    NotApprovedError,
    NotFinalizedError,
    Refused,
    RpcError,
    httpx2.HTTPError,
    LookupError,
)
#: The count and the monitor are Dagster's: its code location and its daemon are in the story.
PROCESSES = (*CORE, "live", "daemon")
#: Nobody waits long on a line of one's own (seconds), and a market that lives for half a minute is
#: resolved too early for the monitor's rules, by a wallet that has traded in it.
ENVIRONMENT = {
    "ODDSLINE_VOTE_CRON": "* * * * *",
    "ODDSLINE_LOCAL_DISPUTE_PERIOD": "3",
    "ODDSLINE_HOLD_EARLY_S": "0",
    "ODDSLINE_HOLD_RESOLVER_INTEREST": "false",
}


def main(
    line: Annotated[
        str | None, typer.Option(help="The API of a running local line; its keys are ours.")
    ] = None,
) -> None:
    """Tell the story on a running line, or on a private one.

    Exit 0: chain and REST agreed at every step; 1: they differed, or the chain refused.
    """
    running = Line.running() if line is None else Line.at(line)
    url = line or running.url("api")
    if line is not None or _answers(url):
        console.print(f"on the line at {url}")
        code = asyncio.run(_run(running, url))
    else:
        console.print("no line runs here: starting a private one")
        with Line.private(PROCESSES, env=ENVIRONMENT, durable=False) as private:
            code = asyncio.run(_run(private, private.url("api")))
    raise typer.Exit(code)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url + "/livez", timeout=1).status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


async def _run(line: Line, url: str) -> int:
    settings = line.settings(GenesisSettings)
    headers = {"X-API-Key": line.service_key}
    async with (
        Rpc(settings.chain_url) as rpc,
        httpx2.AsyncClient(base_url=url, headers=headers, timeout=5) as http,
    ):
        comparison = Comparison(http, console)
        try:
            await answering(rpc)
            client = Client(rpc, load_program(settings.program_id))
            roles, count = Roles.of(settings), Count(line, console)
            monitor, outage = Monitor(line, console), Outage(line, console)
            await tell(client, roles, comparison, count, monitor, outage=outage)
        except FAILURES as failed:
            console.print(f"[bold red]{type(failed).__name__}: {failed}[/]")
            return 1
    comparison.summary()
    return 0
