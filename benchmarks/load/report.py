"""A load's figures as tables: the verdict, response times, the processes, rounds over time."""

from collections.abc import Sequence

from rich.console import Console, Group
from rich.table import Table

from benchmarks._harness import percentile
from benchmarks.load.profile import Profile, Round, exit_code, judge
from benchmarks.load.usage import grown

VERDICTS = {
    0: "every required number is met",
    1: "a required number is missed",
    2: "nothing was measured",
}


def load(console: Console, profile: Profile, found: Round) -> None:
    """Everything that one round measured."""
    console.print(Group(_times(found), _throughput(found), _usage(found), _verdict(profile, found)))
    for why in sorted(set(found.refused))[:5]:
        console.print(f"a ballot was refused: {why}")
    console.print(VERDICTS[exit_code(profile, found)])


def soak(console: Console, profile: Profile, rounds: Sequence[Round]) -> None:
    """What came of all rounds; the rounds themselves are on the screen already."""
    asked, ready = sum(r.asked for r in rounds), sum(r.ready for r in rounds)
    requests = sum(r.requests + r.ballots for r in rounds)
    errors = sum(r.errors for r in rounds)
    minutes = sum(r.seconds for r in rounds) / 60
    console.print(
        f"{minutes:.1f} minutes under load; available {100 * ready / max(1, asked):.3f} % "
        f"({ready:,} of {asked:,} health checks), {errors} of {requests:,} requests and ballots failed"
    )
    shown = Table("process", "MB, first round", "MB, last round", "grown", title="Memory over time")
    for name, (first, last) in grown(r.usage for r in rounds).items():
        shown.add_row(name, f"{first:,.1f}", f"{last:,.1f}", f"{100 * (last / first - 1):+.1f} %")
    console.print(shown)
    for number, each in enumerate(rounds, 1):
        for judged in judge(profile, each):
            if not judged.met:
                what = f"{judged.what}: {judged.measured}, required {judged.required}"
                console.print(f"round {number}: {what}")
    console.print(VERDICTS[max(exit_code(profile, each) for each in rounds)])


def over_time(rounds: Sequence[Round]) -> Table:
    """A line a round."""
    names = ("round", "GET p95", "ballots p95", "to client p99", "fold lag max", "events/s")
    shown = Table(*names, "errors", "available", "memory", title="Rounds")
    for number, each in enumerate(rounds, 1):
        shown.add_row(
            str(number),
            f"{each.request_ms[1]:.1f} ms",
            _ms(each.ballot_ms, 95),
            _ms(each.told_ms, 99),
            _ms(each.lag_ms, 100),
            f"{each.events / each.seconds:.1f}",
            str(each.errors),
            f"{each.availability_percent:.2f} %",
            f"{sum(used.memory_mb for used in each.usage.values()):,.0f} MB",
        )
    return shown


def _times(found: Round) -> Table:
    shown = Table("what", "p50", "p95", "p99", "number", title="Response times")
    p50, p95, p99 = (f"{ms:.1f} ms" for ms in found.request_ms)
    shown.add_row("GET, five routes", p50, p95, p99, f"{found.requests:,}")
    several = {
        "POST a ballot, all in one moment": found.ballot_ms,
        "received from the chain, to tables": found.table_ms,
        "received from the chain, to a socket's client": found.told_ms,
        "written to the outbox, to a socket's client": found.hop_ms,
    }
    for what, took in several.items():
        shown.add_row(what, *(_ms(took, each) for each in (50, 95, 99)), f"{len(took):,}")
    return shown


def _throughput(found: Round) -> Table:
    shown = Table("what", "value", title="Throughput and errors")
    rows = {
        "requests a minute": f"{found.requests_per_minute:,.0f}",
        "ballots a minute": f"{60 * len(found.ballot_ms) / found.seconds:,.0f}",
        "events a second": f"{found.events / found.seconds:,.1f}",
        "deliveries a second, all sockets": f"{found.delivered / found.seconds:,.0f}",
        "error rate, requests and ballots": f"{found.error_percent:.3f} %",
        "connections lost": str(found.cut),
        "fold lag, p50 and most": f"{_ms(found.lag_ms, 50)}, {_ms(found.lag_ms, 100)}",
    }
    for what, value in rows.items():
        shown.add_row(what, value)
    return shown


def _usage(found: Round) -> Table:
    shown = Table("process", "memory, most", "CPU, of one core", title="Processes")
    for name, used in found.usage.items():
        shown.add_row(name, f"{used.memory_mb:,.1f} MB", f"{used.cpu_percent:.1f} %")
    return shown


def _verdict(profile: Profile, found: Round) -> Table:
    shown = Table("required", "limit", "measured", "", title="Verdict")
    for judged in judge(profile, found):
        shown.add_row(
            judged.what, judged.required, judged.measured, "met" if judged.met else "MISSED"
        )
    return shown


def _ms(took: Sequence[float], percent: float) -> str:
    return f"{percentile(took, percent):.1f} ms" if took else "none"
