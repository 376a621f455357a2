"""Which accounts, signers and arguments the program takes: Anchor's own numbers for the rest."""

import pytest
from solders.account import Account
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program.addresses import SYSTEM_PROGRAM, global_config_address, market_address
from tests.unit.chain.local.market_vm import SOL, MarketVm, Receipt
from tests.unit.chain.local.refusals import Case, Table, noting, params

NOWHERE = market_address(LOCAL_PROGRAM_ID, "ff" * 32)
CONFIG = global_config_address(LOCAL_PROGRAM_ID)
CASES: Table = []
refuses = noting(CASES)


def altered(vm: MarketVm, position: int, meta: AccountMeta) -> Receipt:
    """A buy with one account replaced."""
    user = vm.wallet()
    good = vm.instruction("buy_shares", user, vm.active(vm.wallet()), outcome=True, target_cost=SOL)
    metas = [*good.accounts[:position], meta, *good.accounts[position + 1 :]]
    return vm.execute(Instruction(good.program_id, bytes(good.data), metas), user)


def with_data(vm: MarketVm, data: bytes, accounts: int = 6) -> Receipt:
    """A buy with other data or fewer accounts."""
    user = vm.wallet()
    good = vm.instruction("buy_shares", user, vm.active(vm.wallet()), outcome=True, target_cost=SOL)
    return vm.execute(Instruction(good.program_id, data, good.accounts[:accounts]), user)


def foreign(vm: MarketVm) -> str:
    """An account with data that belongs to another program."""
    owner = Pubkey.from_string(SYSTEM_PROGRAM)
    vm.svm.set_account(Pubkey.from_string(NOWHERE), Account(SOL, bytes(488), owner, False, 0))
    return NOWHERE


BUY = bytes.fromhex("28ef8a9a08256a6c")
refuses(100, "no discriminator")(lambda vm: with_data(vm, b"1234567"))
refuses(101, "an unknown discriminator")(lambda vm: with_data(vm, bytes(8)))
refuses(102, "arguments cut short")(lambda vm: with_data(vm, BUY + b"\1\0\0"))
refuses(102, "a bool of 2")(lambda vm: with_data(vm, BUY + b"\2" + SOL.to_bytes(8, "little")))
refuses(3005, "an account too few")(
    lambda vm: with_data(vm, BUY + b"\1" + SOL.to_bytes(8, "little"), accounts=5)
)
refuses(2000, "a market that is not writable")(
    lambda vm: altered(
        vm,
        1,
        AccountMeta(
            Pubkey.from_string(market_address(LOCAL_PROGRAM_ID, f"{1:064x}")), False, False
        ),
    )
)
refuses(2012, "another fee wallet")(
    lambda vm: altered(vm, 4, AccountMeta(vm.wallet().pubkey(), False, True))
)
refuses(2006, "a position at another address")(
    lambda vm: altered(vm, 2, AccountMeta(vm.wallet(0).pubkey(), False, True))
)
refuses(3008, "another program in place of the system program")(
    lambda vm: altered(vm, 5, AccountMeta(vm.program, False, False))
)
refuses(3010, "a user who did not sign")(
    lambda vm: altered(vm, 3, AccountMeta(vm.admin.pubkey(), False, True))
)
refuses(3002, "the configuration in place of a market")(
    lambda vm: vm.send("activate_market", vm.admin, to=CONFIG)
)
refuses(3007, "a market of another program")(
    lambda vm: vm.send("activate_market", vm.admin, to=foreign(vm))
)
refuses(3012, "a market that does not exist")(
    lambda vm: vm.send("activate_market", vm.admin, to=NOWHERE)
)


@pytest.mark.parametrize(("code", "case"), params(CASES))
def test_the_program_refuses(code: int, case: Case):
    """Each scenario's last transaction fails with its number."""
    assert case(MarketVm()).error == code


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("update_global_config", None),
        ("emergency_pause", {}),
        ("cancel_market", {}),
        ("approve_proposal", {}),
        ("activate_market", {}),
        ("withdraw_liquidity", {}),
        ("aggregate_proposal_votes", {"final_likes": 1, "final_dislikes": 0}),
        ("aggregate_dispute_votes", {"final_agrees": 1, "final_disagrees": 0}),
        ("finalize_market", {"dispute_agree": None, "dispute_disagree": None}),
    ],
)
def test_nobody_else_may(name: str, args: dict[str, int | None] | None):
    """What a role may do, a stranger may not: 6029, and nothing changed."""
    vm = MarketVm()
    market, _ = vm.create(vm.wallet())
    before = (vm.account(market), vm.account(CONFIG))
    if args is None:
        vm.admin, admin = vm.wallet(), vm.admin
        receipt, vm.admin = vm.configure(), admin
    else:
        receipt = vm.send(name, vm.wallet(), to=market, **args)

    assert receipt.error == 6029
    assert (vm.account(market), vm.account(CONFIG)) == before


def test_what_exists_cannot_be_made_again():
    """A second configuration, market or vote fails in the system program: Custom(0)."""
    vm = MarketVm()
    creator = vm.wallet()
    market, _ = vm.create(creator)
    assert vm.send("submit_proposal_vote", creator, to=market, vote=True).error is None

    assert vm.initialize().error == 0
    assert vm.create(creator)[1].error == 0
    assert vm.send("submit_proposal_vote", creator, to=market, vote=False).error == 0
