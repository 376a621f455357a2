"""`python deploy/grafana/dashboard.py` writes dashboards/oddsline.json, which Grafana provisions.

The JSON is committed; tests/unit/deploy/test_grafana.py holds it to what this says, and
tests/acceptance/test_dashboard.py asks a real Prometheus every query. Never rendered by our CI:
there is no Grafana for it to run.
"""

from itertools import count
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

FILE = Path(__file__).parent / "dashboards" / "oddsline.json"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
P95 = "histogram_quantile(0.95, sum by (le) (rate({}_bucket[$__rate_interval])))"

#: Row -> panels as (title, unit, {legend: query}).
ROWS: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "Fresh": [
        ("Fold lag", "s", {"lag": "max(oddsline_fold_lag_seconds)"}),
        ("Rows not folded", "short", {"rows": "max(oddsline_fold_backlog_rows)"}),
        ("Completeness lag", "short", {"{{standing}}": "max by (standing) (oddsline_ledger_lag_slots)"}),
        ("Open gaps", "short", {"gaps": "max(oddsline_ledger_open_gaps)"}),
    ],
    "Throughput": [
        ("Deliveries by status", "reqps", {"{{status}}": "sum by (status) (rate(oddsline_ingestion_deliveries_total[$__rate_interval]))"}),
        ("Acknowledged within, p95", "s", {"p95": P95.format("oddsline_ingestion_ack_seconds")}),
        ("Rows folded", "rowsps", {"rows": "sum(rate(oddsline_fold_rows_total[$__rate_interval]))"}),
        ("One batch, p95", "s", {"p95": P95.format("oddsline_fold_batch_seconds")}),
        ("Messages", "short", {
            "written": "sum(rate(oddsline_fold_messages_total[$__rate_interval]))",
            "published": "sum(rate(oddsline_fold_published_total[$__rate_interval]))",
        }),
    ],
    "API": [
        ("Requests by status", "reqps", {"{{status}}": "sum by (status) (rate(oddsline_api_requests_total[$__rate_interval]))"}),
        ("Answered within, p95", "s", {"p95": P95.format("oddsline_api_request_seconds")}),
        ("Open sockets", "short", {"sockets": "sum(oddsline_api_sockets)"}),
        ("Frames written", "cps", {"frames": "sum(rate(oddsline_api_socket_deliveries_total[$__rate_interval]))"}),
    ],
    "Transitions": [
        ("Success rate", "percentunit", {"{{window}}": "max by (window) (oddsline_watch_success_ratio)"}),
        ("Stuck and failing", "short", {
            "stuck markets": "max(oddsline_watch_stuck_markets)",
            "failing transitions": "max(oddsline_watch_failing_transitions)",
        }),
        ("In flight", "short", {"intents": "sum(oddsline_keeper_in_flight)"}),
        ("Keeper silent", "s", {"keeper": "max(oddsline_watch_keeper_silent_seconds)"}),
        ("Signers' balances", "short", {"{{role}}": "max by (role) (oddsline_keeper_balance_lamports)"}),
        ("Symptoms", "short", {"{{rule}}": "max by (rule) (oddsline_watch_symptoms)"}),
    ],
    "Dagster and the desk": [
        ("Runs by status", "short", {"{{status}}": "max by (status) (oddsline_dagster_runs)"}),
        ("Oldest queued run", "s", {"oldest": "max(oddsline_dagster_oldest_queued_seconds)"}),
        ("Daemon's heartbeat age", "s", {"{{daemon}}": "max by (daemon) (oddsline_watch_daemon_silent_seconds)"}),
        ("Tick age", "s", {"{{name}}": "max by (name) (oddsline_watch_tick_age_seconds)"}),
        ("Alerts firing", "short", {"{{rule}}": "max by (rule) (oddsline_alerts_firing)"}),
        ("Dead letters", "short", {"{{kind}} {{status}}": "max by (kind, status) (oddsline_dead_letters)"}),
        ("Failing checks", "short", {"{{suite}}": "max by (suite) (oddsline_checks_failing)"}),
    ],
    "Processes": [
        ("Resident memory", "bytes", {"{{process}}": 'max by (process) (process_resident_memory_bytes{job="oddsline"})'}),
        ("CPU", "percentunit", {"{{process}}": 'max by (process) (rate(process_cpu_seconds_total{job="oddsline"}[$__rate_interval]))'}),
        ("Up", "bool_yes_no", {"{{process}}": 'max by (process) (up{job="oddsline"})'}),
    ],
}  # fmt: skip
#: What stands large at the top: (title, unit, query).
FIRST = [
    ("Fold lag", "s", "max(oddsline_fold_lag_seconds)"),
    ("Processes up", "short", 'sum(up{job="oddsline"})'),
    ("Symptoms", "short", "sum(oddsline_watch_symptoms)"),
    ("Success, 24 h", "percentunit", 'min(oddsline_watch_success_ratio{window="24h"})'),
    ("Open sockets", "short", "sum(oddsline_api_sockets)"),
    ("Runs failed, 1 h", "short", 'max(oddsline_dagster_runs{status="failure"})'),
]


def build() -> str:
    """The dashboard as JSON, the same text each time."""
    source = dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
    board = (
        dashboard.Dashboard("Oddsline")
        .uid("oddsline")
        .tags(["oddsline"])
        .description("From the chain to a reader and back; docs/runbook.md says what to do.")
        .refresh("10s")
        .time("now-1h", "now")
        .timezone("utc")
        .with_variable(source)
    )
    numbers = count(1)
    for title, unit, query in FIRST:
        first = stat.Panel().title(title).unit(unit).datasource(SOURCE).height(4).span(4)
        board.with_panel(first.id(next(numbers)).with_target(_query("A", query, "")))
    for row, panels in ROWS.items():
        board.with_row(dashboard.Row(row).id(next(numbers)))
        for title, unit, queries in panels:
            board.with_panel(_panel(title, unit, queries).id(next(numbers)))
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"


def _panel(title: str, unit: str, queries: dict[str, str]) -> timeseries.Panel:
    panel = timeseries.Panel().title(title).unit(unit).datasource(SOURCE)
    panel.height(8).span(8).min(0).line_width(1).fill_opacity(8)
    for letter, (legend, query) in zip("ABCDEF", queries.items(), strict=False):
        panel.with_target(_query(letter, query, legend))
    return panel


def _query(letter: str, query: str, legend: str) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery().ref_id(letter).expr(query).legend_format(legend).datasource(SOURCE)
    )


if __name__ == "__main__":
    FILE.write_text(build())
