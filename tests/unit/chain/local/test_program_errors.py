"""Every refusal of the market's rules, by its number."""

import re
from pathlib import Path

import pytest
from solders.keypair import Keypair

import chain.local
from chain.program.addresses import SYSTEM_PROGRAM
from tests.unit.chain.local.market_vm import SOL, B, MarketVm, Receipt
from tests.unit.chain.local.refusals import Case, Table, noting, params

ERRORS = Path(chain.local.__file__).parent / "program" / "errors.h"
CASES: Table = []
refuses = noting(CASES)


def resolving(vm: MarketVm) -> tuple[str, Keypair]:
    """A market with a proposed outcome YES a second ago, and its resolver."""
    market, resolver = vm.active(vm.wallet()), vm.wallet()
    assert vm.resolve(market, resolver, True).error is None
    vm.wait(1)
    return market, resolver


def disputed(vm: MarketVm) -> str:
    """A disputed market."""
    market, resolver = resolving(vm)
    assert vm.send("initiate_dispute", resolver, to=market).error is None
    return market


def finalized(vm: MarketVm, holder: Keypair) -> tuple[str, Keypair]:
    """A market that ended YES with a YES holder, and its resolver."""
    market = vm.active(vm.wallet())
    resolver = vm.wallet()
    vm.buy(market, holder, True, SOL)
    vm.resolve(market, resolver, True)
    vm.wait(4 * 86_400)
    assert vm.finalize(market).error is None
    return market, resolver


def unconfigured(backend: str) -> Receipt:
    """A configuration with that backend authority."""
    vm = MarketVm(configured=False)
    return vm.send("initialize_global_config", vm.admin, backend_authority=backend)


refuses(6000, "fees of 100 %")(lambda vm: vm.configure(protocol_fee_bps=9300))
refuses(6001, "a threshold above 100 %")(lambda vm: vm.configure(dispute_success_threshold=10_001))
refuses(6001, "a threshold of nought")(lambda vm: vm.configure(proposal_approval_threshold=0))
refuses(6002, "a dispute period of nought")(lambda vm: vm.configure(dispute_period=0))
refuses(6002, "a negative delay")(lambda vm: vm.configure(min_resolution_delay=-1))
refuses(6005, "no backend authority")(lambda _: unconfigured(SYSTEM_PROGRAM))
refuses(6006, "activating before approval")(
    lambda vm: vm.send("activate_market", vm.admin, to=vm.create(vm.wallet())[0])
)
refuses(6006, "approving twice")(
    lambda vm: vm.send("approve_proposal", vm.admin, to=vm.active(vm.wallet()))
)
refuses(6006, "resolving a proposal")(
    lambda vm: vm.resolve(vm.create(vm.wallet())[0], vm.admin, True)
)
refuses(6006, "finalizing an active market")(lambda vm: vm.finalize(vm.active(vm.wallet())))
refuses(6006, "disputing an active market")(
    lambda vm: vm.send("initiate_dispute", vm.admin, to=vm.active(vm.wallet()))
)
refuses(6007, "buying before activation")(
    lambda vm: vm.buy(vm.create(vm.wallet())[0], vm.wallet(), True, SOL)
)
refuses(6007, "claiming before the end")(lambda vm: vm.claim(resolving(vm)[0], vm.admin, vm.admin))
refuses(6010, "creating while paused")(
    lambda vm: vm.send("emergency_pause", vm.admin) and vm.create(vm.wallet())[1]
)
refuses(6011, "cancelling an active market")(
    lambda vm: vm.send("cancel_market", vm.admin, to=vm.active(vm.wallet()))
)
refuses(6013, "no liquidity")(lambda vm: vm.create(vm.wallet(), liquidity=0)[1])
refuses(6017, "liquidity below b ln 2")(
    lambda vm: vm.create(vm.wallet(), liquidity=69_314_718_055)[1]
)
refuses(6018, "a target below 10,000 lamports")(
    lambda vm: vm.buy(vm.active(vm.wallet()), vm.wallet(), True, 9_999)
)
refuses(6024, "approving without votes")(
    lambda vm: vm.send("approve_proposal", vm.admin, to=vm.create(vm.wallet())[0])
)
refuses(6024, "ending a dispute without counts")(lambda vm: vm.finalize(disputed(vm)))
refuses(6024, "ending a dispute with no votes")(lambda vm: vm.finalize(disputed(vm), 0, 0))
refuses(6026, "resolving twice")(lambda vm: vm.resolve(resolving(vm)[0], vm.admin, False))
refuses(6027, "finalizing within the dispute period")(lambda vm: vm.finalize(resolving(vm)[0]))
refuses(6028, "disputing twice")(lambda vm: vm.send("initiate_dispute", vm.admin, to=disputed(vm)))
refuses(6033, "more votes than u32 holds")(
    lambda vm: vm.send(
        "aggregate_proposal_votes",
        vm.backend,
        to=vm.create(vm.wallet())[0],
        final_likes=2**32 - 1,
        final_dislikes=1,
    )
)
refuses(6039, "shares beyond 20 b")(
    lambda vm: vm.buy(vm.active(vm.wallet()), vm.wallet(), True, 30 * B)
)
refuses(6040, "counts for an undisputed market")(lambda vm: vm.finalize(resolving(vm)[0], 1, 0))
refuses(6042, "a b below 100 SOL")(lambda vm: vm.create(vm.wallet(), b=B - 1, liquidity=B)[1])
refuses(6043, "an id of nought")(lambda vm: vm.create(vm.wallet(), number=0)[1])
refuses(6046, "a wallet without the money")(
    lambda vm: vm.buy(vm.active(vm.wallet()), vm.wallet(SOL), True, 2 * SOL)
)
refuses(6051, "a proposal vote on an active market")(
    lambda vm: vm.send("submit_proposal_vote", vm.admin, to=vm.active(vm.wallet()), vote=True)
)
refuses(6051, "a dispute vote without dispute")(
    lambda vm: vm.send("submit_dispute_vote", vm.admin, to=resolving(vm)[0], vote=True)
)


@refuses(6009, "trading a cancelled market")
def _(vm: MarketVm) -> Receipt:
    market, _ = vm.create(vm.wallet())
    vm.send("cancel_market", vm.admin, to=market)
    return vm.buy(market, vm.wallet(), True, SOL)


@refuses(6012, "cancelling twice")
def _(vm: MarketVm) -> Receipt:
    market, _ = vm.create(vm.wallet())
    vm.send("cancel_market", vm.admin, to=market)
    return vm.send("cancel_market", vm.admin, to=market)


@refuses(6014, "selling more than one has")
def _(vm: MarketVm) -> Receipt:
    market, user = vm.active(vm.wallet()), vm.wallet()
    shares = vm.buy(market, user, True, SOL).event["shares"]
    return vm.sell(market, user, True, shares + 1)


@refuses(6015, "proceeds below the least wanted")
def _(vm: MarketVm) -> Receipt:
    market, user = vm.active(vm.wallet()), vm.wallet()
    shares = vm.buy(market, user, True, SOL).event["shares"]
    return vm.sell(market, user, True, shares, least=SOL)


@refuses(6016, "selling into an emptied pool")
def _(vm: MarketVm) -> Receipt:
    market, user = vm.active(vm.wallet()), vm.wallet()
    shares = vm.buy(market, user, True, SOL).event["shares"]
    vm.overwrite(market, current_liquidity=10_000)
    return vm.sell(market, user, True, shares)


@refuses(6020, "disputing after the period")
def _(vm: MarketVm) -> Receipt:
    market, resolver = resolving(vm)
    vm.wait(3 * 86_400)
    return vm.send("initiate_dispute", resolver, to=market)


@refuses(6022, "claiming twice")
def _(vm: MarketVm) -> Receipt:
    holder = vm.wallet()
    market, resolver = finalized(vm, holder)
    assert vm.claim(market, holder, resolver).error is None
    return vm.claim(market, holder, resolver)


@refuses(6023, "claiming with losing shares")
def _(vm: MarketVm) -> Receipt:
    market, loser = vm.active(vm.wallet()), vm.wallet()
    vm.buy(market, loser, False, SOL)
    resolver = vm.wallet()
    vm.resolve(market, resolver, True)
    vm.wait(4 * 86_400)
    vm.finalize(market)
    return vm.claim(market, loser, resolver)


@refuses(6025, "approving below the threshold")
def _(vm: MarketVm) -> Receipt:
    market, _ = vm.create(vm.wallet())
    votes = {"final_likes": 6999, "final_dislikes": 3001}
    vm.send("aggregate_proposal_votes", vm.backend, to=market, **votes)
    return vm.send("approve_proposal", vm.admin, to=market)


@refuses(6031, "paying another resolver")
def _(vm: MarketVm) -> Receipt:
    holder = vm.wallet()
    market, _ = finalized(vm, holder)
    return vm.claim(market, holder, holder)


@refuses(6041, "a pool that cannot pay the winners")
def _(vm: MarketVm) -> Receipt:
    market, user = vm.active(vm.wallet()), vm.wallet()
    vm.buy(market, user, True, SOL)
    vm.overwrite(market, current_liquidity=SOL)
    vm.resolve(market, user, True)
    vm.wait(4 * 86_400)
    return vm.finalize(market)


@refuses(6044, "resolving in the second of activation")
def _(vm: MarketVm) -> Receipt:
    market, _ = vm.create(vm.wallet())
    vm.approve(market)
    vm.send("activate_market", vm.admin, to=market)
    return vm.resolve(market, vm.admin, True)


@refuses(6048, "a locked market")
def _(vm: MarketVm) -> Receipt:
    market = vm.active(vm.wallet())
    vm.overwrite(market, is_locked=True)
    return vm.buy(market, vm.wallet(), True, SOL)


@pytest.mark.parametrize(("code", "case"), params(CASES))
def test_the_program_refuses(code: int, case: Case):
    """Each scenario's last transaction fails with its number."""
    assert case(MarketVm()).error == code


def test_every_number_of_the_source_is_reached():
    """No rule is declared that nothing raises; Unauthorized (6029) is test_program_guards.py's."""
    declared = {int(code) for code in re.findall(r" = (6\d+)", ERRORS.read_text())}

    assert declared == {code for code, _, _ in CASES} | {6029}
