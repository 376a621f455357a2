"""What a benchmark prints: the promised figures, each said of what, ratios to two decimals."""

from io import StringIO

from rich.console import Console

from benchmarks import ingest
from benchmarks._harness import table
from benchmarks.deliveries import Answer

PROMISED = {
    "events_per_s",
    "ack_ms_p50",
    "ack_ms_p99",
    "ack_ms_p99_at_500",
    "copy_ceiling_rows_per_s",
    "ratio_to_ceiling",
    "decode_events_per_s",
    "rss_mb_max",
}


def _figures():
    answers = [Answer(due=at / 10, answered=at / 10 + 0.02, events=50) for at in range(100)]
    landed = ingest.Landed(warmed=0, saturated=answers, offered=answers, memory=[90.0, 91.0])
    return ingest._figures(landed, rows=40_000, ceiling=8_000.0, decoded=200_000.0)


def test_ingest_prints_what_is_promised_and_says_of_what():
    """Whoever compares runs reads these keys."""
    assert set(_figures()) >= PROMISED
    assert set(ingest.ABOUT) == set(_figures())


def test_the_ratio_is_of_rows_to_rows():
    """5,000 events in 9.92 s at four rows each, by what COPY did."""
    figures = _figures()
    assert figures["ratio_to_ceiling"] == round(5_000 / 9.92 * 4 / 8_000, 2)
    assert figures["ack_ms_p99"] == 20.0


def test_a_ratio_shows_two_decimals():
    """0.25 and 0.15 are not both 0.2."""
    out = StringIO()
    shown = table("x", {"ratio_to_peer": 0.254, "ms": 0.254}, {}, {"cores": 2})
    Console(file=out, width=100).print(shown)
    assert "0.25" in out.getvalue()
    assert "0.3" in out.getvalue()
