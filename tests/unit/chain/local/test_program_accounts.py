"""The program's accounts as others read them: sizes, rent, offsets, addresses."""

import struct

import pytest
from solders.account import Account
from solders.pubkey import Pubkey

from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program.addresses import (
    PROPOSAL,
    SYSTEM_PROGRAM,
    global_config_address,
    market_address,
    position_address,
    vote_record_address,
)
from tests.unit.chain.local.market_vm import SOL, B, MarketVm


@pytest.fixture
def vm() -> MarketVm:
    """A configured program."""
    return MarketVm()


def test_accounts_have_the_interfaces_sizes_and_rents(vm: MarketVm):
    """206, 488, 182 and 83 bytes, and what devnet charges for them."""
    user = vm.wallet()
    market, _ = vm.create(user)
    vm.send("submit_proposal_vote", user, to=market, vote=True)
    vm.approve(market)
    vm.send("activate_market", user, to=market)
    vm.buy(market, user, True, SOL)
    who = str(user.pubkey())
    made = {
        global_config_address(LOCAL_PROGRAM_ID): (206, 2_324_640),
        position_address(LOCAL_PROGRAM_ID, market, who): (182, 2_157_600),
        vote_record_address(LOCAL_PROGRAM_ID, market, who, PROPOSAL): (83, 1_468_560),
    }

    for address, (size, rent) in made.items():
        raw = vm.raw(address)
        assert (len(raw.data), raw.lamports) == (size, rent)
        assert str(raw.owner) == LOCAL_PROGRAM_ID
    assert len(vm.raw(market).data) == 488


def test_the_fields_that_filters_compare_lie_at_fixed_offsets(vm: MarketVm):
    """creator at 40, state at 72, b at 73, the pool at 89, shares at 97 and 105."""
    creator = vm.wallet()
    market = vm.active(creator)
    data = bytes(vm.raw(market).data)

    assert data[40:72] == bytes(creator.pubkey())
    assert data[72] == 2
    assert struct.unpack_from("<Q", data, 73) == (B,)
    assert struct.unpack_from("<Q", data, 89) == (vm.account(market)["current_liquidity"],)
    assert struct.unpack_from("<QQ", data, 97) == (B // 1000, B // 1000)


def test_options_move_what_follows_them(vm: MarketVm):
    """The bump is the last of 473 bytes at first, of 475 with both outcomes."""
    vm.configure(dispute_period=5)
    market = vm.active(vm.wallet())
    bump = vm.account(market)["bump"]
    assert bytes(vm.raw(market).data)[472] == bump
    vm.resolve(market, vm.wallet(), True)
    vm.wait(5)
    vm.finalize(market)

    assert bytes(vm.raw(market).data)[474] == bump
    assert vm.account(market)["bump"] == bump


def test_money_sent_ahead_does_not_block_an_address(vm: MarketVm):
    """Whoever sends lamports to a market's address before it exists only gives them away."""
    address = market_address(LOCAL_PROGRAM_ID, f"{1:064x}")
    gift = Account(1_000_000, b"", Pubkey.from_string(SYSTEM_PROGRAM), False, 0)
    vm.svm.set_account(Pubkey.from_string(address), gift)
    market, receipt = vm.create(vm.wallet())

    assert receipt.error is None
    assert len(vm.raw(market).data) == 488
    assert vm.lamports(market) == 4_287_360 + vm.account(market)["current_liquidity"]


def test_the_fee_wallet_may_trade(vm: MarketVm):
    """One account in two places of an instruction is one account."""
    market = vm.active(vm.wallet())
    before = vm.lamports(vm.fee_wallet)
    bought = vm.buy(market, vm.fee_wallet, True, SOL)
    protocol = (bought.returned or 0) * 1000 // 10_000 * 300 // 1000

    assert vm.lamports(vm.fee_wallet) == before - bought.event["cost"] + protocol - 5000 - 2_157_600
