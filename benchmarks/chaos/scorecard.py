"""A run's score as tables."""

from rich.console import Console, Group
from rich.table import Table

from benchmarks.chaos.story import Score


def show(console: Console, score: Score) -> None:
    """Print what struck, what was stored and what differs."""
    console.print(Group(_faults(score), _line(score)))
    if score.exit_code == 1:
        console.print(_differences(score))
    console.print(_verdict(score))


def _faults(score: Score) -> Table:
    table = Table("fault", "struck", title="Faults")
    for kind, number in sorted(score.struck.items()):
        table.add_row(kind, str(number))
    return table


def _line(score: Score) -> Table:
    kept, repair = score.stored, score.repair
    table = Table("what", "how many", title="The line")
    rows = {
        "sends taken / refused by the node": f"{score.sent} / {score.refused}",
        "trades on chain": score.trades,
        "transactions landed": ", ".join(f"{n} by {s}" for s, n in kept.transactions.items()),
        "events (of them derived under cut logs)": f"{kept.events} ({kept.derived})",
        "revisions": ", ".join(f"{n} {kind}" for kind, n in kept.revisions.items()) or 0,
        "items quarantined": kept.quarantined,
        "dead letters": kept.dead_letters,
        "gaps closed": kept.gaps_closed,
        "gaps still open": len(repair.gaps),
        "seconds until complete": f"{repair.seconds:.1f}" if repair.complete else "never",
    }
    for what, number in rows.items():
        table.add_row(what, str(number))
    return table


def _verdict(score: Score) -> str:
    report = score.report
    compared = ", ".join(f"{number} {kind}s" for kind, number in report.compared.items())
    return f"{compared} compared, {len(report.differences) + len(report.unknown)} differences"


def _differences(score: Score) -> Table:
    report = score.report
    table = Table("kind", "address", "field", "chain", "marts", title="Differences")
    for one in report.differences[:20]:
        table.add_row(one.kind, one.address, one.field, one.chain, one.marts)
    for address in report.unknown[:20]:
        table.add_row("", address, "(row)", "missing", "exists")
    for gap in score.repair.gaps:
        table.add_row("gap", gap, "", "", "")
    return table
