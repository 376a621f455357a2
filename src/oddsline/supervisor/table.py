"""What runs where, as a table for people."""

from collections.abc import Iterable
from pathlib import Path

from rich.table import Table

from oddsline.supervisor.process import Managed, State

_COLOURS = {State.READY: "green", State.STARTING: "yellow", State.WAITING: "yellow"}


def table(processes: Iterable[Managed], line_env: Path, logs: Path) -> Table:
    """One row per process: where it is, how it is, its pid."""
    shown = Table(title="Oddsline", title_justify="left", caption_justify="left")
    shown.add_column("process", no_wrap=True, min_width=11)
    shown.add_column("where", overflow="fold")
    shown.add_column("health", no_wrap=True, min_width=8)
    shown.add_column("pid", no_wrap=True, min_width=7)
    for each in processes:
        colour = _COLOURS.get(each.state, "red")
        health = f"[{colour}]{each.state}[/]"
        shown.add_row(each.spec.name, each.spec.url or "-", health, str(each.pid or "-"))
    shown.caption = f"keys and addresses: {line_env} (yours alone)\nlogs: {logs}/<process>.log"
    return shown
