"""Webhooks to rows: how many, how soon acknowledged, against COPY; and the decoder alone.

    .venv/bin/python -m benchmarks.ingest [--seconds N] [--json]

A line of PostgreSQL (fsync on) and the ingestion service; a generator in a process of its own on
the same cores posts raw webhooks over loopback, arrays of 1 to 100 transactions (each size as
often), 3 to 6 kB and one event a transaction, payloads kept. First as fast as the senders' answers
come, then 500 events a second, each delivery timed from when it was due. Last, COPY puts exactly
the rows that landed into the emptied tables.
"""

import multiprocessing
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks._harness import Figures, percentile, run, server_version
from benchmarks.ceiling import copy_rows_per_s
from benchmarks.decoder import decode_events_per_s
from benchmarks.deliveries import Answer, Prepared, Target, events, prepare, saturate, steady
from oddsline.line import Line

SENDERS = 8
STEADY_RATE, STEADY_SENDERS = 500, 32
STEADY_SECONDS = 20  # at least: it is ten deliveries a second, and p99 wants some hundreds
MOST = 15_000  # events a second that bodies are made for; faster ends the phase sooner
WARM_UP = 5_000  # events
ABOUT = {
    "events_per_s": f"acknowledged, {SENDERS} senders, arrays of 1-100, 3-6 kB a transaction",
    "ack_ms_p50": "POST to 200, at that rate",
    "ack_ms_p99": "POST to 200, at that rate",
    "ack_ms_p99_at_500": f"due to 200, {STEADY_RATE} events/s offered in the same arrays",
    "copy_ceiling_rows_per_s": "binary COPY of the rows that landed, same tables, 4 rows an event",
    "ratio_to_ceiling": "rows landed a second, by that",
    "decode_events_per_s": "log lines of a 7-line trade, invoke stack included, to typed rows; 1 core",
    "rss_mb_max": "the ingestion process, most at any time",
    "rss_mb_first_half": "median while saturated, first half",
    "rss_mb_second_half": "median while saturated, second half",
}


class Landed(NamedTuple):
    """What the phases brought."""

    warmed: int  # events of the warm-up
    saturated: list[Answer]
    offered: list[Answer]  # at the steady rate
    memory: list[float]  # MB, over the saturated phase


def measure(seconds: float) -> tuple[Figures, str]:
    """All phases; the figures and PostgreSQL's version."""
    decoded = decode_events_per_s(min(seconds, 5))
    with Line.private(("postgres", "ingestion")) as line:
        landed = _land(line, seconds)
        line.stop("ingestion")
        ceiling, rows = copy_rows_per_s(line.database_url)
        version = server_version(line.database_url)
    return _figures(landed, rows, ceiling, decoded), version


def _land(line: Line, seconds: float) -> Landed:
    """Warm up, saturate, offer a steady rate."""
    target = Target(line.url("ingestion"), line.plan.environment["ODDSLINE_HELIUS_AUTH"])
    program_id = line.plan.environment["ODDSLINE_PROGRAM_ID"]
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, spawn) as generator,
        tempfile.TemporaryDirectory(prefix="oddsline-bodies-") as folder,
    ):

        def ready(name: str, first: int, events: float) -> Prepared:
            file = Path(folder) / name
            return generator.submit(prepare, file, program_id, first, int(events)).result()

        warm = ready("warm", 0, WARM_UP)
        busy = ready("busy", warm.events, MOST * seconds)
        calm = ready("calm", warm.events + busy.events, STEADY_RATE * max(seconds, STEADY_SECONDS))
        warmed = generator.submit(saturate, target, warm, SENDERS, seconds).result()
        with _watching(line) as memory:
            saturated = generator.submit(saturate, target, busy, SENDERS, seconds).result()
        offered = generator.submit(steady, target, calm, STEADY_RATE, STEADY_SENDERS).result()
    return Landed(events(warmed), saturated, offered, memory)


@contextmanager
def _watching(line: Line) -> Iterator[list[float]]:
    """Resident memory of the ingestion process in MB, ten times a second."""
    process = psutil.Process(line.pid("ingestion"))
    sizes: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            sizes.append(process.memory_info().rss / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield sizes
    finally:
        done.set()
        thread.join()


def _figures(landed: Landed, rows: int, ceiling: float, decoded: float) -> Figures:
    busy, memory = landed.saturated, landed.memory
    rate = events(busy) / (max(a.answered for a in busy) - min(a.due for a in busy))
    rows_per_event = rows / (landed.warmed + events(busy) + events(landed.offered))
    acks = [answer.ms for answer in busy]
    half = len(memory) // 2
    return {
        "events_per_s": round(rate),
        "ack_ms_p50": round(percentile(acks, 50), 1),
        "ack_ms_p99": round(percentile(acks, 99), 1),
        "ack_ms_p99_at_500": round(percentile([a.ms for a in landed.offered], 99), 1),
        "copy_ceiling_rows_per_s": round(ceiling),
        "ratio_to_ceiling": round(rate * rows_per_event / ceiling, 2),
        "decode_events_per_s": round(decoded),
        "rss_mb_max": round(max(memory), 1),
        "rss_mb_first_half": round(percentile(memory[:half], 50), 1),
        "rss_mb_second_half": round(percentile(memory[half:], 50), 1),
    }


if __name__ == "__main__":
    run("ingest", measure, seconds=15, about=ABOUT)
