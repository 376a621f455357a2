"""The daemon and the keeper dead, said by a process that is neither."""

import time
from collections.abc import Callable

import httpx
import pytest

from oddsline import blocking
from oddsline.line import Line

pytestmark = pytest.mark.slow

PROCESSES = ("postgres", "valkey", "chain", "keeper", "live", "daemon", "watch")
AGE = """update dagster.daemon_heartbeats set "timestamp" = "timestamp" - interval '10 minutes'"""


def firing(line: Line) -> set[str]:
    """Rules whose alerts fire now."""
    with blocking.session(line.database_url, name="test") as connection:
        found = blocking.rows(connection, "select rule from ops.alerts where state = 'firing'")
    return {row["rule"] for row in found}


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)


def test_a_dead_keeper_and_a_dead_daemon_are_seen_from_outside():
    """Each is stopped: its alert fires, and resolves when it is back; metrics say the same."""
    env = {"ODDSLINE_WATCH_KEEPER_S": "3", "ODDSLINE_WATCH_START_S": "0"}
    with Line.private(PROCESSES, env=env, durable=False) as line:
        line.wait_ready("live", "daemon", "watch")
        until(lambda: bool(heartbeats(line)))
        until(lambda: firing(line) == set())

        line.stop("keeper")
        until(lambda: firing(line) == {"keeper_silent"})
        line.start("keeper")
        until(lambda: firing(line) == set())

        line.stop("daemon")
        with blocking.session(line.database_url, name="test") as connection:
            blocking.run(connection, AGE)  # ten minutes pass
        until(lambda: "daemon_silent" in firing(line))
        said = httpx.get(line.url("watch") + "/metrics", trust_env=False).text
        line.start("daemon")
        until(lambda: "daemon_silent" not in firing(line))

    assert 'oddsline_watch_symptoms{rule="daemon_silent"} 1.0' in said
    assert 'oddsline_watch_daemon_silent_seconds{daemon="SENSOR"} 6' in said


def heartbeats(line: Line) -> list[blocking.Row]:
    """The daemon's, once there are any."""
    statement = "select to_regclass('dagster.daemon_heartbeats') is not null as there"
    with blocking.session(line.database_url, name="test") as connection:
        if not blocking.rows(connection, statement)[0]["there"]:
            return []
        return blocking.rows(connection, "select daemon_type from dagster.daemon_heartbeats")
