"""Trades in the VM: bit for bit the mirror's, and never a lamport from nowhere."""

import random

import pytest
from solders.keypair import Keypair

from chain.program.fee_schedule import FeeSchedule
from chain.program.lmsr import (
    MAX_B,
    MAX_EXPONENT,
    MIN_B,
    Curve,
    buy_cost,
    sell_proceeds,
    shares_for_cost,
)
from tests.unit.chain.local.market_vm import SOL, B, MarketVm, Receipt

FEES = FeeSchedule()
MARKET_RENT = 4_287_360
LEAST_TRADE = 10_000


@pytest.fixture(scope="module")
def vm() -> MarketVm:
    """One configured program; each test uses markets of its own."""
    return MarketVm()


def curve(vm: MarketVm, market: str) -> Curve:
    """The market maker's state, from the account."""
    account = vm.account(market)
    return Curve(account["b_parameter"], account["shares_yes"], account["shares_no"])


def check_buy(vm: MarketVm, market: str, before: Curve, receipt: Receipt, target: int) -> None:
    """The receipt of a buy equals what the mirror says of the state before."""
    event, yes = receipt.event, receipt.event["outcome"]
    budget = target * 10_000 // (10_000 + FEES.total_bps)
    shares = shares_for_cost(before, budget, yes=yes)
    gross = buy_cost(before, shares, yes=yes)

    assert (event["shares"], receipt.returned) == (shares, gross)
    assert event["cost"] == gross + FEES.fees(gross).total
    assert event["new_price_yes"] == before.moved(shares, yes=yes).price_yes
    assert curve(vm, market) == before.moved(shares, yes=yes)


def check_sell(vm: MarketVm, market: str, before: Curve, receipt: Receipt) -> None:
    """The receipt of a sell equals what the mirror says of the state before."""
    event, yes = receipt.event, receipt.event["outcome"]
    gross = sell_proceeds(before, event["shares"], yes=yes)

    assert receipt.returned == gross
    assert event["proceeds"] == gross - FEES.fees(gross).total
    assert event["new_price_yes"] == before.moved(-event["shares"], yes=yes).price_yes
    assert curve(vm, market) == before.moved(-event["shares"], yes=yes)


def random_trade(vm: MarketVm, market: str, users: list[Keypair], dice: random.Random) -> int:
    """One checked trade; what it adds to the volume (0 for a refused one)."""
    user, yes, before = dice.choice(users), dice.random() < 0.5, curve(vm, market)
    held = vm.position(market, user)["shares_yes" if yes else "shares_no"]
    if held and dice.random() < 0.4:
        shares = max(1, int(held * dice.random()))
        receipt = vm.sell(market, user, yes, shares)
        if sell_proceeds(before, shares, yes=yes) < LEAST_TRADE:
            assert receipt.error == 6018
            return 0
        check_sell(vm, market, before, receipt)
        return receipt.returned or 0
    target = int(10 ** dice.uniform(4, 10.7)) * before.b // MIN_B
    receipt = vm.buy(market, user, yes, target)
    check_buy(vm, market, before, receipt, target)
    assert receipt.compute_units < 120_000
    return receipt.event["cost"]


@pytest.mark.parametrize(("seed", "b"), [(1, MIN_B), (2, 10**13 + 12_345), (3, MAX_B)])
def test_random_trades_equal_the_mirror_and_conserve_money(vm: MarketVm, seed: int, b: int):
    """300 buys and sells of all sizes: same shares, costs and prices; the pool holds it all."""
    dice, users = random.Random(seed), [vm.wallet() for _ in range(4)]
    market = vm.active(vm.wallet(), number=100 + seed, b=b)
    volume = sum(vm.buy(market, user, True, SOL).event["cost"] for user in users)
    everyone = [*users, vm.fee_wallet]
    money = sum(map(vm.lamports, everyone)) + vm.lamports(market)
    for _ in range(300):
        volume += random_trade(vm, market, users, dice)
        account = vm.account(market)
        assert vm.lamports(market) == MARKET_RENT + account["current_liquidity"]
    owned = [vm.position(market, user) for user in users]
    nobodys = b // 1000

    assert account["total_volume"] == volume
    assert account["shares_yes"] - nobodys == sum(p["shares_yes"] for p in owned)
    assert account["shares_no"] - nobodys == sum(p["shares_no"] for p in owned)
    assert (
        account["current_liquidity"] >= max(account["shares_yes"], account["shares_no"]) - nobodys
    )
    assert sum(map(vm.lamports, everyone)) + vm.lamports(market) == money - 300 * 5000


def test_buys_far_from_balance_equal_the_mirror_within_the_compute_limit(vm: MarketVm):
    """Improbable outcomes and huge budgets cost many rounds: never too many."""
    user = vm.wallet(10**18)
    market = vm.active(vm.wallet(), number=200, b=MAX_B)
    for number, (yes, no) in enumerate([(19.9, 0), (0, 19.9), (10, 0), (3, 2.5), (0, 0)]):
        for target in (LEAST_TRADE, 10**9, 3 * 10**14, 3 * 10**15):
            before = Curve(MAX_B, int(yes * MAX_B), int(no * MAX_B))
            vm.overwrite(market, shares_yes=before.yes, shares_no=before.no)
            receipt = vm.buy(market, user, number % 2 == 1, target)

            assert receipt.compute_units < 150_000
            if receipt.error != 6039:
                check_buy(vm, market, before, receipt, target)


def test_fees_go_to_the_wallet_the_resolver_and_the_provider(vm: MarketVm):
    """300 bps leave at once, 200 and 500 are kept in the market and counted there."""
    user = vm.wallet()
    market = vm.active(vm.wallet(), number=300)
    wallet_before = vm.lamports(vm.fee_wallet)
    receipt = vm.buy(market, user, True, 11 * SOL)
    fees = FEES.fees(receipt.returned or 0)
    account = vm.account(market)

    assert vm.lamports(vm.fee_wallet) - wallet_before == fees.protocol
    assert account["accumulated_resolver_fees"] == fees.resolver
    assert account["accumulated_lp_fees"] == fees.liquidity_provider
    assert account["current_liquidity"] - account["initial_liquidity"] == (
        receipt.event["cost"] - fees.protocol
    )


def test_free_trade_has_no_fees():
    """A schedule of noughts divides nothing by zero."""
    vm = MarketVm()
    vm.configure(protocol_fee_bps=0, resolver_reward_bps=0, liquidity_provider_fee_bps=0)
    user, market = vm.wallet(), vm.active(vm.wallet())

    bought = vm.buy(market, user, True, SOL)
    sold = vm.sell(market, user, True, bought.event["shares"])

    assert bought.event["cost"] == bought.returned
    assert sold.event["proceeds"] == sold.returned


def test_shares_stop_at_twenty_b(vm: MarketVm):
    """A budget beyond that is refused whole."""
    user = vm.wallet()
    market = vm.active(vm.wallet(), number=400)

    assert vm.buy(market, user, True, (MAX_EXPONENT + 3) * B).error == 6039
