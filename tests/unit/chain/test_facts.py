"""Gross and fee of a trade, and on whose word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.decode import decode
from chain.program.fee_schedule import FeeSchedule
from chain.rows import Decoded
from tests.unit.chain.stories import (
    ALICE,
    FEES,
    MARKET,
    MARKET_ID,
    NOW,
    OTHER_PROGRAM,
    Ix,
    bought,
    buy,
    call,
    data_line,
    program,
    returned,
    sell,
    sold,
    told,
)

FREE = FeeSchedule(0, 0, 0)


def facts(*instructions: Ix, fees: FeeSchedule | None = None, **changes: object) -> Decoded:
    return decode(told(*instructions, **changes), program, fees or FeeSchedule())


def test_the_programs_own_word_on_the_gross_comes_first() -> None:
    line, _ = returned(105)
    decoded = facts(buy(data_line(bought(110)), line))

    assert decoded.events[0].facts == {
        "gross": 105,
        "fee": 5,
        "protocol_fee": 1,
        "resolver_fee": 1,
        "fee_basis": "returned",
    }


def test_the_return_data_of_a_lonely_trade_counts_where_the_line_is_missing() -> None:
    _, data = returned(105)
    decoded = facts(buy(data_line(bought(110))), return_data=data)

    assert decoded.events[0].facts["fee_basis"] == "returned"


def test_the_last_return_of_several_trades_is_nobodys() -> None:
    _, data = returned(105)
    trade = buy(data_line(bought(110)))
    decoded = facts(trade, trade, return_data=data)

    assert [event.facts["fee_basis"] for event in decoded.events] == ["schedule", "schedule"]


def test_several_trades_keep_each_its_own_return() -> None:
    first, second = returned(105)[0], returned(205)[0]
    decoded = facts(buy(data_line(bought(110)), first), buy(data_line(bought(220)), second))

    assert [event.facts["gross"] for event in decoded.events] == [105, 205]


NO_WORD = [
    "Program return: oops",
    f"Program return: {OTHER_PROGRAM}",
    "Program return: x AAAA",
    returned(111)[0],  # more than was paid: it cannot be the gross of a buy
]


@pytest.mark.parametrize("line", NO_WORD)
def test_a_return_that_is_no_gross_is_passed_over(line: str) -> None:
    decoded = facts(buy(data_line(bought(110)), line))

    assert decoded.events[0].facts == {
        "gross": 100,
        "fee": 10,
        "protocol_fee": 3,
        "resolver_fee": 2,
        "fee_basis": "schedule",
    }


def test_a_cost_that_no_gross_leads_to_is_said_to_be_unknown() -> None:
    """10 + floor(10 * 10 %) = 11 and 9 + 0 = 9: nothing costs 10."""
    assert facts(buy(data_line(bought(10)))).events[0].facts == {"fee_basis": "unknown"}


def test_a_trade_of_nothing_has_a_gross_of_nothing() -> None:
    assert facts(buy(data_line(bought(0)))).events[0].facts["gross"] == 0


def test_free_trade_has_no_fee() -> None:
    decoded = facts(buy(data_line(bought(110))), fees=FREE)

    assert decoded.events[0].facts == {
        "gross": 110,
        "fee": 0,
        "protocol_fee": 0,
        "resolver_fee": 0,
        "fee_basis": "schedule",
    }


# Under 10 % both 99 and 100 net 90: their fees of 9 and 10 differ by a lamport of the protocol's
# only under a schedule that gives it all.
ALL_TO_PROTOCOL = FeeSchedule(1000, 0, 0)


@pytest.mark.parametrize(("gross", "protocol"), [(99, 9), (100, 10)])
def test_lamports_decide_between_two_gross_amounts(gross: int, protocol: int) -> None:
    deltas = {FEES: protocol, MARKET: -(90 + protocol), ALICE: 90 - 5000}
    decoded = facts(sell(data_line(sold(90))), fees=ALL_TO_PROTOCOL, deltas=deltas)

    assert decoded.events[0].facts == {
        "gross": gross,
        "fee": gross - 90,
        "protocol_fee": protocol,
        "resolver_fee": 0,
        "fee_basis": "balances",
    }


UNDECIDED = {
    "lamports that disagree": {"deltas": {FEES: 10, MARKET: -50}},
    "lamports that nobody recorded": {"pre_balances": (), "post_balances": ()},
}


@pytest.mark.parametrize("changes", UNDECIDED.values(), ids=UNDECIDED.keys())
def test_without_a_decision_the_smaller_gross_is_taken(changes: dict[str, object]) -> None:
    decoded = facts(sell(data_line(sold(90))), fees=ALL_TO_PROTOCOL, **changes)

    assert (decoded.events[0].facts["gross"], decoded.events[0].facts["fee_basis"]) == (
        99,
        "schedule",
    )


def test_lamports_of_two_sales_decide_nothing() -> None:
    deltas = {FEES: 10, MARKET: -100}
    one = sell(data_line(sold(90)))
    decoded = facts(one, one, fees=ALL_TO_PROTOCOL, deltas=deltas)

    assert [event.facts["fee_basis"] for event in decoded.events] == ["schedule", "schedule"]


def claim(*says: str | Ix) -> Ix:
    return call("claim_winnings", {"market": MARKET, "user": ALICE}, says)


def claimed(amount: int) -> str:
    fields = {"market": MARKET, "user": ALICE, "outcome": True, "amount": amount}
    return data_line(program.codec.encode_event("WinningsClaimed", {**fields, "timestamp": NOW}))


def create(liquidity: int) -> Ix:
    said = {"market_id": MARKET_ID, "creator": ALICE, "b_parameter": 1, "state": 0}
    line = data_line(program.codec.encode_event("MarketCreated", {**said, "timestamp": NOW}))
    asked = {"market_id": MARKET_ID, "b_parameter": 1, "initial_liquidity": liquidity}
    accounts = {"market": MARKET, "creator": ALICE}
    return call("create_market", accounts, (line,), ipfs_question_hash="00" * 46, **asked)


def test_what_left_the_market_beyond_a_claim_is_the_resolvers_reward() -> None:
    line = claimed(70)

    assert facts(claim(line), deltas={MARKET: -75}).events[0].facts == {"reward": 5}
    assert facts(claim(line), deltas={MARKET: -70}).events[0].facts == {"reward": 0}


def test_a_reward_is_not_told_where_lamports_are_anothers_or_nobodys() -> None:
    line = claimed(70)
    twice = facts(claim(line), claim(line), deltas={MARKET: -145})
    nobody = facts(claim(line), pre_balances=(), post_balances=())

    assert [event.facts for event in (*twice.events, *nobody.events)] == [{}, {}, {}]


@pytest.mark.parametrize(("gained", "deposited"), [(4_000_700, 500_000), (4_000, 0)])
def test_a_deposit_is_told_by_the_markets_lamports(gained: int, deposited: int) -> None:
    """A program that only records the liquidity gives the account its rent, which is less."""
    decoded = facts(create(500_000), deltas={MARKET: gained})

    assert decoded.events[0].facts == {"deposited": deposited}


BPS = st.integers(0, 3000)
SCHEDULES = st.builds(FeeSchedule, BPS, BPS, BPS)
LAMPORTS = st.integers(0, 2**63)


@given(SCHEDULES, LAMPORTS)
def test_the_gross_of_any_buy_comes_back_from_its_cost(fees: FeeSchedule, gross: int) -> None:
    assert fees.gross_of_cost(gross + fees.fees(gross).total) == gross


@given(SCHEDULES, LAMPORTS)
def test_the_gross_of_any_sale_is_among_the_candidates(fees: FeeSchedule, gross: int) -> None:
    """And every candidate nets the same."""
    net = gross - fees.fees(gross).total
    candidates = fees.gross_of_proceeds(net)

    assert gross in candidates
    assert all(one - fees.fees(one).total == net for one in candidates)


@given(SCHEDULES, LAMPORTS)
def test_the_three_shares_of_a_fee_are_the_fee(fees: FeeSchedule, gross: int) -> None:
    paid = fees.fees(gross)

    assert paid.protocol + paid.resolver + paid.liquidity_provider == paid.total
    assert min(paid) >= 0
