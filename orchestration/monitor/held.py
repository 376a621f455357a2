"""Holds as rows of `ops.holds`: placed by a rule or a person, lifted by a person only."""

from pathlib import Path

from oddsline import alerts, blocking
from orchestration.intents import intents
from orchestration.monitor.holds import Hold

SQL = Path(__file__).with_name("sql")
ALERT_RULE = "market_held"


def place(connection: blocking.Connection, market_id: str, hold: Hold) -> bool:
    """Hold a market, keep back its open intents, and alert. False when it was held already."""
    values = {"market_id": market_id, "reason": hold.reason, "rule": hold.rule}
    placed = blocking.run(connection, blocking.read_sql(SQL, "place_hold"), values) > 0
    intents.hold(connection, _intents(connection, market_id, "open"), hold.reason)
    if placed:
        alerts.fire(
            connection,
            alerts.Alert(
                rule=ALERT_RULE,
                subject=market_id,
                severity="warning",
                summary=f"finalization of {market_id} waits for release: {hold.reason}",
                details={"rule": hold.rule},
            ),
        )
    return placed


def release(connection: blocking.Connection, market_id: str, by: str) -> bool:
    """Let a market go on: its held intents open again. False when it was not held."""
    values = {"market_id": market_id, "by": by}
    released = blocking.run(connection, blocking.read_sql(SQL, "release_hold"), values) > 0
    intents.release(connection, _intents(connection, market_id, "held"), f"released by {by}")
    alerts.resolve(connection, ALERT_RULE, market_id)
    return released


def listed(connection: blocking.Connection) -> list[blocking.Row]:
    """Every market that is held now, oldest first."""
    return blocking.rows(connection, blocking.read_sql(SQL, "list_holds"))


def _intents(connection: blocking.Connection, market_id: str, state: str) -> list[int]:
    values = {"market_id": market_id, "state": state}
    found = blocking.rows(connection, blocking.read_sql(SQL, "waiting_intents"), values)
    return [row["id"] for row in found]
