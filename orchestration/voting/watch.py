"""What is wrong with votes and calls for a person, as alerts; each has its chapter in the runbook."""

from pathlib import Path

from oddsline import blocking
from orchestration.watch import telling
from orchestration.watch.symptoms import Symptom

SQL = Path(__file__).with_name("sql")
TALLY_MISSING = "tally_missing"
NO_QUORUM = "dispute_without_quorum"


def uncounted(connection: blocking.Connection) -> list[Symptom]:
    """Approvals and disputes' ends on chain that no tally of ours says; tells the alerts."""
    found = blocking.rows(connection, blocking.read_sql(SQL, "uncounted_decisions"))
    symptoms = [_uncounted(row) for row in found]
    telling.tell(connection, {TALLY_MISSING: symptoms})
    return symptoms


def undecided(connection: blocking.Connection) -> list[Symptom]:
    """Disputes that ended twice without enough voters; tells the alerts."""
    found = blocking.rows(connection, blocking.read_sql(SQL, "disputes_without_quorum"))
    symptoms = [_undecided(row) for row in found]
    telling.tell(connection, {NO_QUORUM: symptoms})
    return symptoms


def _uncounted(row: blocking.Row) -> Symptom:
    told = f"{row['in_favour']} to {row['against']}"
    ours = "no tally of ours"
    if row["tally_in_favour"] is not None:
        ours = f"our tally said {row['tally_in_favour']} to {row['tally_against']}"
    return Symptom(
        TALLY_MISSING,
        row["signature"],
        "critical",
        f"{row['event']} of {row['market_id']} on chain with {told}: {ours}",
        {"market_id": row["market_id"], "event": row["event"], "at": row["at"].isoformat()},
    )


def _undecided(row: blocking.Row) -> Symptom:
    voters = row["in_favour"] + row["against"]
    return Symptom(
        NO_QUORUM,
        row["market_id"],
        "critical",
        f"the dispute of {row['market_id']} had {voters} voters of {row['quorum']} needed, twice: "
        "an operator decides",
        {"round": row["round"], "agree": row["in_favour"], "disagree": row["against"]},
    )
