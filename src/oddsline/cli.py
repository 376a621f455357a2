"""`oddsline …`: one command for everything, each room's part imported only when it is called."""

import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer

#: Command -> where its function (or typer app) lies, and what it does. Rooms come by dotted name.
COMMANDS = {
    "up": ("oddsline.commands:up", "start the whole line; Ctrl-C stops it, data stays"),
    "migrate": ("oddsline.commands:migrate", "bring the database's schema up to date"),
    "prepare": ("oddsline.commands:prepare", "make a deployment's database ready"),
    "psql": ("oddsline.commands:psql", "open psql as the analyst (or --role)"),
    "backup": ("oddsline.recovery.commands:backup", "write a backup of the database"),
    "restore": ("oddsline.recovery.commands:restore", "bring a backup back, with a new epoch"),
    "alerts": ("orchestration.commands:alerts", "list alerts"),
    "chaos": ("benchmarks.chaos:main", "break things under load and compare afterwards"),
    "checks": ("orchestration.quality_docs:app", "judge the suites and write their Data Docs"),
    "backfill": ("ingestion.commands.backfill:backfill", "fetch what webhooks missed"),
    "completeness": (
        "ingestion.commands.completeness:completeness",
        "show which slots are proven complete",
    ),
    "demo": ("chain.local.demo:main", "one market's life, chain and REST side by side"),
    "disputes": (
        "orchestration.voting.commands:app",
        "decide disputes that their votes did not",
    ),
    "dlq": ("orchestration.commands:dlq", "look at and replay dead letters"),
    "helius": ("ingestion.commands.helius:app", "manage the Helius webhook"),
    "keeper": ("chain.keeper.commands:app", "pause, resume and look at the keeper"),
    "keys": ("api.commands:keys", "create, list and revoke API keys"),
    "load": ("benchmarks.load.command:main", "the load a profile asks for, with a verdict"),
    "monitor": ("orchestration.commands:monitor", "hold and release markets"),
    "prove": ("ingestion.commands.prove:prove", "rebuild from raw and compare, row for row"),
    "quarantine": ("ingestion.commands.quarantine:app", "look at and replay refused items"),
    "redecode": ("ingestion.commands.redecode:redecode", "read stored payloads again"),
    "soak": ("benchmarks.load.command:soak", "keep load up and report availability and memory"),
    "verify": ("ingestion.commands.verify:verify", "compare marts with accounts on chain"),
    "votes": ("votes.commands:app", "tallies, proofs and recounts of ballots"),
}


#: What a person can mend: the message is enough, a traceback would hide it.
_EXPECTED = (
    "SettingsError",
    "BuildError",
    "PostgresError",
    "ValkeyError",
    "CommandError",
    "LineError",
    "BackupError",
)


def main(arguments: list[str] | None = None) -> None:
    """The entry of `./oddsline`; ends the process with the command's exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        _run(given)
    except BrokenPipeError:  # `oddsline … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if type(error).__name__ not in _EXPECTED:
            raise
        _complain(str(error))


def _run(given: list[str]) -> None:
    if not given or given[0] in {"-h", "--help", "help"}:
        _overview()
        return
    name, *rest = given
    if name not in COMMANDS:
        _complain(f"there is no command {name!r}; `oddsline --help` lists them")
    load(name)(args=rest, prog_name=f"oddsline {name}")


def load(name: str) -> typer.Typer:
    """A command as a typer app, imported now.

    Raises:
        ModuleNotFoundError: its room is not installed here.
    """
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        return found
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(_exiting(found))
    return app


def _exiting(function: Callable[..., Any]) -> Callable[..., None]:
    """The same command; an integer that it returns is its exit code."""

    @functools.wraps(function)
    def command(*args: Any, **kwargs: Any) -> None:
        code = function(*args, **kwargs)
        if code:
            raise typer.Exit(code)

    return command


def installed(name: str) -> bool:
    """Whether a command's module is there, found without importing it."""
    module = COMMANDS[name][0].partition(":")[0]
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _overview() -> None:
    typer.echo("usage: oddsline COMMAND [OPTIONS]   (oddsline COMMAND --help says more)\n")
    for name in sorted(COMMANDS):
        absent = "" if installed(name) else "  (not installed)"
        typer.echo(f"  {name:<14}{COMMANDS[name][1]}{absent}")


def _complain(message: str) -> NoReturn:
    typer.echo(f"oddsline: {message}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
