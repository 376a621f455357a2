"""A dispute that ended on chain otherwise than a tally of ours says is somebody else's doing."""

from chain.program.states import State
from oddsline import blocking
from orchestration.voting import watch
from tests.integration.orchestration.conftest import Line, market_id

FOREIGN, CONTRADICTED, OWN, OPERATORS, UNDISPUTED, LONG_AGO = range(1, 7)


def finalized(line: Line, number: int, agree: int, disagree: int, *, disputed: bool = True) -> None:
    """A market that ended on chain with these numbers."""
    line.market(number, State.DISPUTED if disputed else State.RESOLVING)
    line.run(
        """update marts.markets
           set dispute_agree = %(agree)s, dispute_disagree = %(disagree)s, state = 'FINALIZED'
           where market_id = %(id)s""",
        id=market_id(number),
        agree=agree,
        disagree=disagree,
    )
    line.run(
        """insert into marts.lifecycle_events (event_id, market_id, market_address, signature,
               event, to_state, slot, tx_index, position, chain_order, occurred_at)
           select 'ended ' || event_id, market_id, market_address, 'ended-' || market_address,
               'MarketFinalized', 'FINALIZED', 2, 0, 0, 2, occurred_at + interval '1 hour'
           from marts.lifecycle_events where market_id = %(id)s""",
        id=market_id(number),
    )


def carried(line: Line, number: int, agree: int, disagree: int, **told: object) -> None:
    """Our count of its dispute, as it went to the chain; `told` is what differs from a plain one."""
    row = {"memo": "a memo", "sent_agree": None, "sent_disagree": None} | told
    line.run(
        """insert into ops.tallies (market_id, kind, round, in_favour, against, voters,
               threshold_bps, quorum, eligibility, decision, counted_root, rejected_root, rejected,
               cutoff_seq, chain_until, memo, sent_in_favour, sent_against)
           values (%(id)s, 'dispute', 'round', %(agree)s, %(disagree)s, 0, 6000, 3, 'any',
               'upheld', 'c', 'r', 0, 1, 1, %(memo)s, %(sent_agree)s, %(sent_disagree)s)""",
        id=market_id(number),
        agree=agree,
        disagree=disagree,
        **row,
    )


def looked(line: Line) -> dict[str, str]:
    """What the check finds: market -> its words."""
    with blocking.session(line.url, name="test") as connection:
        found = watch.uncounted(connection)
    assert {one.severity for one in found} <= {"critical"}
    return {str(one.details["market_id"]): one.summary for one in found}


def test_a_finalization_that_no_tally_says_alerts_until_it_is_a_week_old(line: Line):
    """Those that our votes or our operator decided do not, nor one that nobody disputed."""
    finalized(line, FOREIGN, 8, 1)
    carried(line, FOREIGN, 8, 1, memo=None)  # counted, yet not what went to the chain
    finalized(line, CONTRADICTED, 5, 4)
    carried(line, CONTRADICTED, 4, 5)
    finalized(line, OWN, 3, 1)
    carried(line, OWN, 3, 1)
    finalized(line, OPERATORS, 0, 1)
    carried(line, OPERATORS, 0, 0, sent_agree=0, sent_disagree=1)
    finalized(line, UNDISPUTED, 0, 0, disputed=False)
    finalized(line, LONG_AGO, 8, 1)
    line.run(
        "update marts.lifecycle_events set occurred_at = occurred_at - interval '8 days' "
        "where market_id = %(id)s",
        id=market_id(LONG_AGO),
    )

    found = looked(line)
    firing = line.rows(
        "select subject, state, severity from ops.alerts where rule = 'tally_missing' "
        "order by subject"
    )

    ended = "MarketFinalized of {} on chain with {}: {}"
    foreign, contradicted = market_id(FOREIGN), market_id(CONTRADICTED)
    assert found == {
        foreign: ended.format(foreign, "8 to 1", "no tally of ours"),
        contradicted: ended.format(contradicted, "5 to 4", "our tally said 4 to 5"),
    }
    assert [tuple(row.values()) for row in firing] == [
        (f"ended-Market{FOREIGN}", "firing", "critical"),
        (f"ended-Market{CONTRADICTED}", "firing", "critical"),
    ]
