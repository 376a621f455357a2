"""Alert rules against series by which each must fire and must not; by Prometheus's own promtool."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from oddsline.settings import Settings

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "oddsline.rules.yml"
#: Minutes of samples, one a minute; long enough for every `for:`.
MINUTES = 30

#: Alert -> series while it is bad, series while all is well. Values as promtool expands them.
CASES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "ProcessDown": (
        {'up{job="oddsline",process="fold"}': "0"},
        {'up{job="oddsline",process="fold"}': "1"},
    ),
    "WatchAbsent": ({"up": "1"}, {'oddsline_watch_symptoms{rule="x"}': "0"}),
    "FoldBehind": ({"oddsline_fold_lag_seconds": "30"}, {"oddsline_fold_lag_seconds": "2"}),
    "NobodyFolds": ({"oddsline_fold_leading": "0"}, {"oddsline_fold_leading": "1"}),
    "MessagesUnpublished": (
        {"oddsline_fold_unpublished_messages": "5000"},
        {"oddsline_fold_unpublished_messages": "10"},
    ),
    "LandingFails": (
        {'oddsline_ingestion_landing_failures_total{error="x"}': "0+1"},
        {'oddsline_ingestion_landing_failures_total{error="x"}': "7"},
    ),
    "WebhookSilent": (
        {
            "oddsline_ledger_fetched_total": "0+3",
            'oddsline_ingestion_deliveries_total{status="200"}': "9",
        },
        {
            "oddsline_ledger_fetched_total": "0+3",
            'oddsline_ingestion_deliveries_total{status="200"}': "0+9",
        },
    ),
    "OpenGaps": (
        {"oddsline_ledger_oldest_gap_seconds": "600"},
        {"oddsline_ledger_oldest_gap_seconds": "20"},
    ),
    "MarketStuck": ({"oddsline_watch_stuck_markets": "3"}, {"oddsline_watch_stuck_markets": "0"}),
    "MarketHeld": (
        {'oddsline_holds{rule="operator"}': "1"},
        {'oddsline_holds{rule="operator"}': "0"},
    ),
    "TransactionFailing": (
        {"oddsline_watch_failing_transitions": "1"},
        {"oddsline_watch_failing_transitions": "0"},
    ),
    "KeeperSilent": (
        {'oddsline_watch_symptoms{rule="keeper_silent"}': "1"},
        {'oddsline_watch_symptoms{rule="market_stuck"}': "1"},
    ),
    "AuthorityMismatch": (
        {'oddsline_keeper_authority_mismatch{role="admin"}': "1"},
        {'oddsline_keeper_authority_mismatch{role="admin"}': "0"},
    ),
    "DoubleSend": (
        {'oddsline_watch_double_sends{action="a"}': "1"},
        {'oddsline_watch_double_sends{action="a"}': "0"},
    ),
    "SuccessRateLow": (
        {
            'oddsline_watch_success_ratio{window="1h"}': "0.97",
            'oddsline_watch_symptoms{rule="success_rate_low"}': "1",
        },
        {  # too few endings in the hour to be judged
            'oddsline_watch_success_ratio{window="1h"}': "0.5",
            'oddsline_watch_success_ratio{window="7d"}': "0.9",
            'oddsline_watch_symptoms{rule="success_rate_low"}': "0",
        },
    ),
    "BalanceLow": (
        {'oddsline_keeper_balance_low{role="payer"}': "1"},
        {'oddsline_keeper_balance_low{role="payer"}': "0"},
    ),
    "TallyContradicted": (
        {'oddsline_alerts_firing{rule="tally_missing",severity="critical"}': "1"},
        {'oddsline_alerts_firing{rule="market_held",severity="warning"}': "1"},
    ),
    "DeadLetters": (
        {'oddsline_dead_letters{kind="event",status="manual_review"}': "1"},
        {'oddsline_dead_letters{kind="event",status="retrying"}': "1"},
    ),
    "CheckFailed": (
        {'oddsline_checks_failing{suite="marts",severity="critical"}': "1"},
        {'oddsline_checks_failing{suite="marts",severity="warning"}': "1"},
    ),
    "DaemonSilent": (
        {'oddsline_watch_daemon_silent_seconds{daemon="SENSOR"}': "200"},
        {'oddsline_watch_daemon_silent_seconds{daemon="SENSOR"}': "30"},
    ),
    "TickMissing": (
        {'oddsline_watch_symptoms{rule="tick_missing"}': "2"},
        {'oddsline_watch_symptoms{rule="tick_missing"}': "0"},
    ),
    "RunsFail": (
        {'oddsline_dagster_runs{status="failure"}': "1"},
        {'oddsline_dagster_runs{status="success"}': "9"},
    ),
    "RunsQueue": (
        {"oddsline_dagster_oldest_queued_seconds": "400"},
        {"oddsline_dagster_oldest_queued_seconds": "5"},
    ),
    "ApiErrors": (
        {
            'oddsline_api_requests_total{status="500"}': "0+5",
            'oddsline_api_requests_total{status="200"}': "0+95",
        },
        {
            'oddsline_api_requests_total{status="500"}': "5",
            'oddsline_api_requests_total{status="404"}': "0+95",
        },
    ),
    "ApiSlow": (
        {
            'oddsline_api_request_seconds_bucket{le="0.5"}': "0+1",
            'oddsline_api_request_seconds_bucket{le="1"}': "0+10",
            'oddsline_api_request_seconds_bucket{le="+Inf"}': "0+10",
        },
        {
            'oddsline_api_request_seconds_bucket{le="0.5"}': "0+10",
            'oddsline_api_request_seconds_bucket{le="+Inf"}': "0+10",
        },
    ),
    "SocketsDropped": (
        {'oddsline_api_sockets_closed_total{code="4008"}': "0+20"},
        {'oddsline_api_sockets_closed_total{code="1012"}': "0+20"},
    ),
}


def rules() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def tool(name: str) -> str:
    """Debian's program, or a skip that says what to install."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (apt-get install prometheus prometheus-alertmanager)")
    return found


def assert_runs(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_for_its_symptom_and_for_nothing_else(tmp_path):
    """26 rules, each with series that must and series that must not make it fire."""
    promtool = tool("promtool")
    cases = [
        _case(alert, series, fires=fires)
        for alert, both in CASES.items()
        for fires, series in zip((True, False), both, strict=True)
    ]
    file = tmp_path / "tests.yml"
    asked = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": cases}
    file.write_text(yaml.safe_dump(asked))

    assert_runs(promtool, "test", "rules", str(file))


def _case(alert: str, series: dict[str, str], *, fires: bool) -> dict[str, Any]:
    expanded = {
        name: f"{v}x{MINUTES}" if "+" in v else f"{v}+0x{MINUTES}" for name, v in series.items()
    }
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in expanded.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)',
                "eval_time": f"{MINUTES - 2}m",
                "exp_samples": [{"labels": "{}", "value": int(fires)}],
            }
        ],
    }


def test_every_rule_but_the_watchdog_has_its_cases():
    """A new rule without a test does not pass."""
    assert set(rules()) == {*CASES, "Watchdog"}


@pytest.mark.parametrize("name", rules())
def test_its_runbook_link_leads_to_a_chapter(name):
    """And it has a severity that Alertmanager routes by."""
    url = rules()[name]["annotations"]["runbook_url"]
    chapters = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    anchors = {f"docs/runbook.md#{chapter.lower().replace(' ', '-')}" for chapter in chapters}

    assert url in anchors
    assert rules()[name]["labels"]["severity"] in {"info", "warning", "critical"}


def test_prometheus_scrapes_every_process_where_it_listens():
    """Ports are the settings' defaults, and the rules lie where the configuration looks."""
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    targets = {one["labels"]["process"]: one["targets"][0] for one in job["static_configs"]}
    ports = {name: Settings.model_fields[f"{name}_port"].default for name in targets}

    assert targets == {name: f"{name}:{port}" for name, port in ports.items()}
    assert set(targets) == {"ingestion", "fold", "api", "keeper", "watch"}
    assert list((DEPLOY / "prometheus").glob("*.rules.yml")) == [RULES]


def test_alertmanager_takes_its_configuration_and_routes_by_severity():
    """By amtool: critical and warning reach the operators, both by their own route."""
    amtool = tool("amtool")
    file = str(DEPLOY / "alertmanager" / "alertmanager.yml")
    assert_runs(amtool, "check-config", file)
    routes = ("config", "routes", "test", f"--config.file={file}", "--verify.receivers=operators")
    assert_runs(amtool, *routes, "severity=critical", "alertname=MarketStuck")
    assert_runs(amtool, *routes, "severity=warning", "alertname=MarketHeld")
