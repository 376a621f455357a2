"""A market's life in the VM, from proposal to the last lamport."""

import pytest

from chain.program.lmsr import least_liquidity
from tests.unit.chain.local.market_vm import SOL, B, MarketVm

MARKET_RENT = 4_287_360
DAY = 86_400


@pytest.fixture
def vm() -> MarketVm:
    """A configured program."""
    return MarketVm()


def test_the_configuration_begins_with_the_interfaces_defaults():
    """Fees 300/200/500 bps, thresholds 70 % and 60 %, three days for disputes."""
    vm = MarketVm(configured=False)
    receipt = vm.initialize()
    config = vm.account(
        vm.instruction("emergency_pause", vm.admin, "").accounts[1].pubkey.__str__()
    )

    assert receipt.events[0][0] == "GlobalConfigInitialized"
    assert receipt.event["protocol_fee_bps"] == 300
    assert config["admin"] == str(vm.admin.pubkey())
    assert config["protocol_fee_wallet"] == str(vm.fee_wallet.pubkey())
    assert (config["proposal_approval_threshold"], config["dispute_success_threshold"]) == (
        7000,
        6000,
    )
    assert (config["min_resolution_delay"], config["dispute_period"]) == (DAY, 3 * DAY)
    assert config["is_paused"] is False


def test_creating_a_market_deposits_its_liquidity(vm: MarketVm):
    """The deposit leaves the creator and lies in the market's account, above rent."""
    creator = vm.wallet()
    before = vm.lamports(creator)
    market, receipt = vm.create(creator, liquidity=80 * SOL)
    account = vm.account(market)

    assert receipt.event["state"] == 0
    assert receipt.event["b_parameter"] == B
    assert vm.lamports(market) == MARKET_RENT + 80 * SOL
    assert before - vm.lamports(creator) == MARKET_RENT + 80 * SOL + 5000
    assert account["initial_liquidity"] == account["current_liquidity"] == 80 * SOL
    assert account["shares_yes"] == account["shares_no"] == B // 1000


def test_a_proposal_is_voted_counted_approved_and_activated(vm: MarketVm):
    """Each step leaves its event and its time."""
    creator, voter = vm.wallet(), vm.wallet()
    market, _ = vm.create(creator)

    vote = vm.send("submit_proposal_vote", voter, to=market, vote=True)
    counted = vm.send(
        "aggregate_proposal_votes", vm.backend, to=market, final_likes=7, final_dislikes=3
    )
    vm.wait(2)
    approved = vm.send("approve_proposal", vm.admin, to=market)
    vm.wait(2)
    activated = vm.send("activate_market", vm.admin, to=market)
    account = vm.account(market)

    assert vote.events[0][0] == "ProposalVoteSubmitted"
    assert vote.event["vote"] is True
    assert counted.event["approval_percentage"] == 70
    assert counted.event["approved"] is True
    assert approved.event["approved_by"] == str(vm.admin.pubkey())
    assert activated.event["creator"] == str(creator.pubkey())
    assert account["state"] == 2
    assert account["approved_at"] == account["created_at"] + 2
    assert account["activated_at"] == account["created_at"] + 4


def test_winners_are_paid_a_lamport_a_share_and_the_rest_goes_to_the_creator(vm: MarketVm):
    """Undisputed, after the dispute period; the resolver is paid by the first claim, once."""
    vm.configure(dispute_period=60)
    creator, resolver, first, second, loser = (vm.wallet() for _ in range(5))
    market = vm.active(creator)
    vm.buy(market, first, True, 10 * SOL)
    vm.buy(market, loser, False, 30 * SOL)
    vm.buy(market, second, True, 5 * SOL)
    assert vm.resolve(market, resolver, True).error is None
    vm.wait(60)
    finalized = vm.finalize(market)
    reward = vm.account(market)["accumulated_resolver_fees"]
    before = vm.lamports(resolver)
    claims = [vm.claim(market, user, resolver) for user in (first, second)]
    left = vm.send("withdraw_liquidity", creator, to=market)

    assert finalized.event["final_outcome"] is True
    assert finalized.event["was_disputed"] is False
    for user, claim in zip((first, second), claims, strict=True):
        assert claim.event["amount"] == vm.position(market, user)["shares_yes"]
        assert claim.event["market"] == market
        assert vm.position(market, user)["claimed_amount"] == claim.event["amount"]
    assert vm.lamports(resolver) == before + reward
    assert reward > 0
    assert vm.claim(market, loser, resolver).error == 6023
    assert left.event["amount"] > 0
    assert vm.lamports(market) == MARKET_RENT


def test_withdrawing_leaves_unclaimed_winnings(vm: MarketVm):
    """The creator may come first: winners still find their money."""
    vm.configure(dispute_period=60)
    creator, resolver, winner = vm.wallet(), vm.wallet(), vm.wallet()
    market = vm.active(creator)
    vm.buy(market, winner, True, 10 * SOL)
    vm.resolve(market, resolver, True)
    vm.wait(60)
    vm.finalize(market)

    assert vm.send("withdraw_liquidity", creator, to=market).error is None
    assert vm.send("withdraw_liquidity", creator, to=market).error == 6016
    assert vm.claim(market, winner, resolver).error is None
    assert vm.lamports(market) == MARKET_RENT


@pytest.mark.parametrize(("agree", "disagree", "final"), [(6, 4, False), (599, 401, True)])
def test_a_dispute_flips_the_outcome_from_its_threshold_on(
    vm: MarketVm, agree: int, disagree: int, final: bool
):
    """60 % agreement flips YES to NO, less keeps it; the counts are on the account."""
    resolver, disputer = vm.wallet(), vm.wallet()
    market = vm.active(vm.wallet())
    vm.resolve(market, resolver, True)
    vm.wait(1)
    disputed = vm.send("initiate_dispute", disputer, to=market)
    vote = vm.send("submit_dispute_vote", disputer, to=market, vote=True)
    finalized = vm.finalize(market, agree, disagree)
    account = vm.account(market)

    assert disputed.event["disputed_outcome"] is True
    assert vote.events[0][0] == "DisputeVoteSubmitted"
    assert finalized.event["final_outcome"] is final
    assert finalized.event["was_disputed"] is True
    assert account["final_outcome"] is final
    assert (account["dispute_agree"], account["dispute_disagree"]) == (agree, disagree)
    assert account["finalized_at"] == vm.now


def _disputed(vm: MarketVm, market: str) -> None:
    vm.resolve(market, vm.wallet(), True)
    vm.wait(1)
    vm.send("initiate_dispute", vm.wallet(), to=market)


def test_aggregating_a_won_dispute_parks_the_market_in_resolving(vm: MarketVm):
    """The interface's trap A: the rejected outcome is confirmed by the next plain finalize."""
    vm.configure(dispute_period=60)
    market = vm.active(vm.wallet())
    _disputed(vm, market)
    counted = vm.send(
        "aggregate_dispute_votes", vm.backend, to=market, final_agrees=9, final_disagrees=1
    )
    parked = vm.account(market)
    vm.wait(60)

    assert counted.event["dispute_succeeded"] is True
    assert counted.event["agreement_percentage"] == 90
    assert (parked["state"], parked["proposed_outcome"], parked["was_disputed"]) == (3, True, True)
    assert vm.finalize(market).event["final_outcome"] is True


def test_aggregating_a_lost_dispute_ends_without_outcome_and_refunds(vm: MarketVm):
    """INVALID pays back what was invested less what selling brought, and nothing twice."""
    vm.configure(protocol_fee_bps=0)
    creator, holder, seller = vm.wallet(), vm.wallet(), vm.wallet()
    market = vm.active(creator)
    vm.buy(market, holder, False, 5 * SOL)
    vm.buy(market, seller, True, 5 * SOL)
    vm.sell(market, seller, True, vm.position(market, seller)["shares_yes"] // 2)
    resolver = vm.wallet()
    vm.resolve(market, resolver, True)
    vm.wait(1)
    vm.send("initiate_dispute", holder, to=market)
    counted = vm.send(
        "aggregate_dispute_votes", vm.backend, to=market, final_agrees=0, final_disagrees=0
    )
    account = vm.account(market)
    withdrawn = vm.send("withdraw_liquidity", creator, to=market)
    refunds = [vm.claim(market, user, resolver).event["amount"] for user in (holder, seller)]
    sold = vm.position(market, seller)

    assert counted.event["dispute_succeeded"] is False
    assert (account["state"], account["final_outcome"], account["finalized_at"]) == (5, None, 0)
    assert account["resolved_at"] == vm.now
    assert withdrawn.error is None
    assert refunds[0] == vm.position(market, holder)["total_invested"]
    assert refunds[1] == sold["total_invested"] - int.from_bytes(
        bytes.fromhex(sold["reserved"])[:8], "little"
    )
    assert vm.lamports(market) == MARKET_RENT


def test_a_cancelled_market_returns_its_deposit(vm: MarketVm):
    """Cancelling ends it for good; nothing was ever traded, so the creator gets all."""
    creator = vm.wallet()
    market, _ = vm.create(creator)
    cancelled = vm.send("cancel_market", vm.admin, to=market)
    account = vm.account(market)
    returned = vm.send("withdraw_liquidity", creator, to=market)

    assert cancelled.event["cancelled_at"] == account["cancelled_at"] == vm.now
    assert (account["state"], account["is_cancelled"]) == (6, False)
    assert returned.event["amount"] == least_liquidity(B)


def test_pausing_stops_trades_until_it_is_undone(vm: MarketVm):
    """The switch toggles; only creating, buying and selling mind it."""
    trader = vm.wallet()
    market = vm.active(vm.wallet())
    paused = vm.send("emergency_pause", vm.admin)

    assert paused.event["is_paused"] is True
    assert vm.buy(market, trader, True, SOL).error == 6010
    assert vm.resolve(market, trader, True).error is None
    assert vm.send("emergency_pause", vm.admin).event["is_paused"] is False


def test_the_configuration_takes_periods_of_seconds(vm: MarketVm):
    """What is not given stays; the event says what holds now."""
    changed = vm.configure(dispute_period=5)

    assert changed.event["dispute_period"] == 5
    assert changed.event["min_resolution_delay"] == DAY
