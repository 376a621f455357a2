"""What waits for a person or for Dagster, exported for Prometheus: the line's small exporter.

Dagster has no metrics of its own; its runs are rows, so they are counted where they lie.
"""

from prometheus_client import Gauge

from oddsline import blocking
from orchestration.watch.facts import SQL

RUNS = Gauge("oddsline_dagster_runs", "Waiting, running, or ended within the hour", ["status"])
QUEUED = Gauge("oddsline_dagster_oldest_queued_seconds", "Age of the run that waits longest")
ALERTS = Gauge("oddsline_alerts_firing", "Alerts as ops.alerts has them", ["rule", "severity"])
LETTERS = Gauge("oddsline_dead_letters", "Not resolved", ["kind", "status"])
HOLDS = Gauge("oddsline_holds", "Markets that wait for a person", ["rule"])
INTENTS = Gauge("oddsline_transitions", "Intents neither done nor cancelled", ["action", "state"])
CHECKS = Gauge("oddsline_checks_failing", "Whose newest result is bad", ["suite", "severity"])

WAITING = ("queued", "not_started")
#: Told even when nothing has them, so that a panel shows 0 and a rule can compare.
STATUSES = ("queued", "starting", "started", "success", "failure", "canceled")
_COUNTED = {
    "alerts": ALERTS,
    "letters": LETTERS,
    "holds": HOLDS,
    "intents": INTENTS,
    "checks": CHECKS,
    "runs": RUNS,
}
_Labels = tuple[str, tuple[str, ...]]


class Desk:
    """Sets the gauges; remembers which labels it used: what is gone becomes 0, never absent.

    A gauge that were cleared and set again would be missing in a scrape in between.
    """

    def __init__(self) -> None:
        self._shown: set[_Labels] = {("runs", (status,)) for status in STATUSES}

    def show(self, connection: blocking.Connection) -> None:
        """Read and set all of it.

        Raises:
            psycopg2.Error: the database is away.
        """
        found: dict[_Labels, float] = {}
        for row in _read(connection, "desk"):
            labels: tuple[str, ...] = (
                (row["kind"],) if row["what"] == "holds" else (row["kind"], row["state"])
            )
            found[row["what"], labels] = row["found"]
        if _read(connection, "has_dagster")[0]["has_dagster"]:
            runs = _read(connection, "runs")
            found |= {("runs", (row["status"],)): row["runs"] for row in runs}
            waiting = (row["oldest_s"] for row in runs if row["status"] in WAITING)
            QUEUED.set(max(waiting, default=0.0))
        self._shown |= set(found)
        for name, labels in self._shown:
            _COUNTED[name].labels(*labels).set(found.get((name, labels), 0.0))


def _read(connection: blocking.Connection, name: str) -> list[blocking.Row]:
    return blocking.rows(connection, blocking.read_sql(SQL, name))
