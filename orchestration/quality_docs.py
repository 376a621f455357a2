"""`./oddsline checks docs`: every suite judged now, as Great Expectations' Data Docs."""

from pathlib import Path
from typing import Annotated

import typer

from checks.engine import Source, write_docs
from checks.suite import Suite
from checks.suites import queried_suites
from checks.suites.accounts import accounts
from checks.suites.vote_cache import vote_cache
from orchestration import quality
from orchestration.accounts import both_sides
from orchestration.resources import Line

app = typer.Typer(help="what the quality suites say", no_args_is_help=True)

Into = Annotated[Path, typer.Option(help="The folder of the static site.")]


@app.callback()
def _group() -> None:
    """Have the subcommand named, though there is one."""


@app.command()
def docs(into: Into = Path("docs/site/checks")) -> None:
    """Judge every suite on the running line and write a static site of rules and results."""
    write_docs(sources(Line()), into)
    typer.echo(into / "index.html")


def sources(line: Line) -> list[tuple[Suite, Source]]:
    """Every suite with what it judges, the compared ones' sides read now."""
    asked: list[tuple[Suite, Source]] = [(suite, line.url) for suite in queried_suites()]
    compared = ((vote_cache(), quality.cached_counts), (accounts(), both_sides))
    return [*asked, *((suite, read(line).source) for suite, read in compared)]
