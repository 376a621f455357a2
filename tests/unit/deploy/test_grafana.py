"""The committed dashboard is what its code says, and every query is PromQL."""

import json
import runpy
from pathlib import Path

import promql_parser

FOLDER = Path(__file__).parents[3] / "deploy" / "grafana"
BOARD = json.loads((FOLDER / "dashboards" / "oddsline.json").read_text())


def test_the_committed_file_is_what_the_code_builds():
    """`python deploy/grafana/dashboard.py` after a change."""
    built = runpy.run_path(str(FOLDER / "dashboard.py"))["build"]()

    assert (FOLDER / "dashboards" / "oddsline.json").read_text() == built


def test_every_panel_asks_the_chosen_datasource_in_promql():
    """Panels' ids and titles within a row are their own; Grafana's variable stands for a time."""
    panels = [panel for panel in BOARD["panels"] if panel["type"] != "row"]

    assert len(panels) > 30
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    for panel in panels:
        assert panel["datasource"]["uid"] == "${datasource}"
        for target in panel["targets"]:
            assert promql_parser.parse(target["expr"].replace("$__rate_interval", "1m"))
