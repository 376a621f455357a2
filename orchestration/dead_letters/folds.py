"""Rows that no mart could take: given to the fold again, as revisions by themselves."""

import time
from collections.abc import Sequence
from pathlib import Path

from oddsline import blocking
from orchestration.dead_letters.queue import Letter
from orchestration.dead_letters.tried import Tried
from orchestration.settings import OrchestrationSettings

SQL = Path(__file__).with_name("sql")
#: How long the fold may take to judge what it is given, in seconds.
PATIENCE_S, LOOK_S = 20.0, 0.1


def retry(letters: Sequence[Letter], settings: OrchestrationSettings) -> list[Tried]:
    """Replay each row and see whether the fold parks it again."""
    url = settings.database_url
    with blocking.session(url, name="dead-letters") as connection:
        blocking.run(connection, blocking.read_sql(SQL, "landing_lock"))
        said = {letter.id: _replay(connection, letter) for letter in letters}
    until = time.monotonic() + PATIENCE_S
    return [_judged(letter, said[letter.id], url, until) for letter in letters]


def _replay(connection: blocking.Connection, letter: Letter) -> int | None:
    """The new revision's sequence number; None = the row was revised since."""
    found = blocking.rows(
        connection, blocking.read_sql(SQL, "replay_row"), {"seq": letter.payload["seq"]}
    )
    return found[0]["seq"] if found else None


def _judged(letter: Letter, seq: int | None, url: str, until: float) -> Tried:
    if seq is None:
        return Tried(letter, "resolved", "another reading holds since")
    while True:
        with blocking.session(url, name="dead-letters") as connection:
            (row,) = blocking.rows(connection, blocking.read_sql(SQL, "folded_row"), {"seq": seq})
            if row["parked"] is not None:
                values = {"id": letter.id, "seq": seq}
                blocking.run(connection, blocking.read_sql(SQL, "follow_row"), values)
                return Tried(letter, "failed", row["parked"])
        if row["folded"]:
            return Tried(letter, "resolved", "folded")
        if time.monotonic() >= until:
            return Tried(letter, "not tried", "the fold has not come to it")
        time.sleep(LOOK_S)
