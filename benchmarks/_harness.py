"""What every benchmark has in common: options, the machine's name, the table, the JSON line."""

import argparse
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psycopg2
from rich.console import Console
from rich.table import Table

Figures = dict[str, float]


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of measured values.

    Raises:
        ValueError: nothing was measured.
    """
    if not values:
        raise ValueError("nothing was measured")
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, round(percent / 100 * (len(ranked) - 1)))]


def run(
    name: str,
    measure: Callable[[float], tuple[Figures, str]],
    *,
    seconds: float,
    about: Mapping[str, str],
    options_of_its_own: Sequence[argparse.ArgumentParser] = (),
) -> None:
    """Read the options, measure, print; `measure` gets seconds, returns figures and PostgreSQL.

    Options of its own are only shown and let through here: the benchmark reads them itself.
    """
    parser = argparse.ArgumentParser(prog=f"benchmarks.{name}", parents=options_of_its_own)
    parser.add_argument("--seconds", type=float, default=seconds, help="of each phase")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args()
    figures, postgres = measure(options.seconds)
    told = machine(postgres)
    Console().print(table(name, figures, about, told))
    if options.json:
        print(json.dumps({"name": name, "machine": told, "figures": figures}))


def machine(postgres: str) -> dict[str, str | int | None]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "python": platform.python_version(),
        "postgres": postgres,
    }


def server_version(database_url: str) -> str:
    """PostgreSQL's version."""
    connection = psycopg2.connect(database_url)
    version = connection.info.server_version
    connection.close()
    return f"{version // 10000}.{version % 10000}"


def table(
    name: str, figures: Figures, about: Mapping[str, str], told: Mapping[str, str | int | None]
) -> Table:
    """Figures with what they mean."""
    shown = Table(title=f"{name} ({told['cores']} cores)", title_justify="left")
    shown.add_column("figure")
    shown.add_column("value", justify="right")
    shown.add_column("of what")
    for key, value in figures.items():
        digits = 2 if key.startswith("ratio_") else 1
        shown.add_row(key, f"{value:,.{digits}f}", about.get(key, ""))
    return shown


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
