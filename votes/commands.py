"""`./oddsline votes …`: recount what was carried to the chain, and mend the cache."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.table import Table

from votes.recount import ballots
from votes.recount.chain import Chain
from votes.recount.verify import Verdict, verify_market

app = typer.Typer(help="Recount votes, and mend the cached counts.", no_args_is_help=True)
console = Console()

Market = Annotated[str, typer.Option(help="The market's id, 64 hex digits.")]


@app.command()
def verify(
    market: Market,
    rpc: Annotated[str, typer.Option(help="A Solana node's RPC URL.")],
    program: Annotated[str, typer.Option(help="The market program's id.")],
    ballots_dir: Annotated[
        Path | None, typer.Option("--ballots", help="A folder of public ballots (.json).")
    ] = None,
    api: Annotated[str | None, typer.Option(help="An API to take public ballots from.")] = None,
) -> None:
    """Recount a market's votes from public ballots and an RPC alone; exit 1 on a difference."""
    if (ballots_dir is None) == (api is None):
        raise typer.BadParameter("name either --ballots DIR or --api URL")
    published = ballots.read_directory(ballots_dir) if ballots_dir else _download(api, market)
    with Chain(rpc) as chain:
        verdicts = verify_market(chain, program, market, published)
    if not verdicts:
        console.print("No tally of this market was carried to the chain.")
        raise typer.Exit(2)
    for verdict in verdicts:
        _show(verdict)
    raise typer.Exit(0 if all(verdict.agrees for verdict in verdicts) else 1)


@app.command("rebuild-cache")
def rebuild_cache() -> None:
    """Fill the cached counts anew from the stored ballots."""
    console.print(f"{asyncio.run(_rebuild())} ballots in force, cached.")


@app.command("check-cache")
def check_cache() -> None:
    """Hold the cached counts against the stored ballots; exit 1 on a difference."""
    differences = asyncio.run(_compare())
    for difference in differences:
        console.print(
            f"{difference.kind} {difference.market_id}: cached {difference.cached}, "
            f"ballots say {difference.counted}, {difference.voters} voters differ"
        )
    console.print(f"{len(differences)} differences")
    raise typer.Exit(1 if differences else 0)


def _download(api: str | None, market: str) -> list[dict[str, Any]]:
    """Take every page of a market's public ballots."""
    found: list[dict[str, Any]] = []
    cursor = ""
    with httpx2.Client(base_url=str(api), timeout=30) as client:
        while True:
            query = {"limit": "200", **({"cursor": cursor} if cursor else {})}
            page = client.get(f"/votes/{market}/ballots", params=query).raise_for_status().json()
            found += [ballot for ballot in page["data"] if ballot["source"] == "offchain"]
            cursor = page["next_cursor"] or ""
            if not cursor:
                return found


def _show(verdict: Verdict) -> None:
    memo = verdict.memo
    title = f"{memo.kind} · round {memo.round[:16]}… · decided by {memo.decided}"
    table = Table(title=title, caption=f"transaction {verdict.signature}")
    for column in ("", "told to the chain", "recounted", ""):
        table.add_column(column, overflow="fold")
    for line in verdict.lines:
        mark = "[green]equal[/]" if line.agrees else "[red]DIFFERENT[/]"
        table.add_row(line.what, line.expected, line.found, mark)
    console.print(table)
    for note in verdict.notes:
        console.print(f"note: {note}")


async def _rebuild() -> int:
    from oddsline import cache, postgres, settings
    from votes import rebuild
    from votes.cache import VoteCache

    wanted = settings.load()
    connection = await postgres.connect(wanted.database_url, name="votes")
    redis = cache.commands(wanted.redis_url, name="votes")
    try:
        return await rebuild.rebuild(connection, VoteCache(redis))
    finally:
        await connection.close()
        await redis.aclose()


async def _compare() -> list[Any]:
    from oddsline import cache, postgres, settings
    from votes import rebuild
    from votes.cache import VoteCache

    wanted = settings.load()
    connection = await postgres.connect(wanted.database_url, name="votes")
    redis = cache.commands(wanted.redis_url, name="votes")
    try:
        return await rebuild.compare(connection, VoteCache(redis))
    finally:
        await connection.close()
        await redis.aclose()
