"""The market program in a bare LiteSVM: what its tests build on."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solders.account import Account
from solders.clock import Clock
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

import chain.local
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program.addresses import SYSTEM_PROGRAM, market_address, position_address
from chain.program.instructions import build
from chain.program.interface import load_program
from chain.program.lmsr import least_liquidity

SOL = 1_000_000_000
B = 100 * SOL
IPFS = list(b"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG")[:46]
PROGRAM = load_program(LOCAL_PROGRAM_ID)
#: What an instruction may call its signer; a transaction here has one.
ROLES = ("admin", "creator", "user", "authority", "backend_authority", "resolver", "initiator")
SO = Path(chain.local.__file__).parent / "market.so"


@dataclass
class Receipt:
    """What a transaction did: `error` is None, a custom code, or the error's text."""

    error: int | str | None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    returned: int | None = None
    compute_units: int = 0

    @property
    def event(self) -> dict[str, Any]:
        """The fields of its only event."""
        ((_, fields),) = self.events
        return fields


def _events(logs: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in logs:
        if line.startswith("Program data: "):
            yield PROGRAM.codec.decode_event(base64.b64decode(line.removeprefix("Program data: ")))


def _error(failed: FailedTransactionMetadata) -> int | str:
    inner = getattr(failed.err(), "err", failed.err())
    return inner.code if hasattr(inner, "code") else str(inner)


class MarketVm:
    """A configured program; time stands still until `wait`."""

    def __init__(self, *, configured: bool = True) -> None:
        self.svm = LiteSVM().with_transaction_history(0).with_sigverify(False)
        self.program = Pubkey.from_string(LOCAL_PROGRAM_ID)
        self.svm.add_program(self.program, SO.read_bytes())
        self.admin, self.backend, self.fee_wallet = self.wallet(), self.wallet(), self.wallet()
        self.now = 1_000_000
        self.wait(0)
        if configured:
            assert self.initialize().error is None

    def wallet(self, lamports: int = 10_000_000 * SOL) -> Keypair:
        """A fresh wallet with money."""
        wallet = Keypair()
        if lamports:
            money = Account(lamports, b"", Pubkey.from_string(SYSTEM_PROGRAM), False, 0)
            self.svm.set_account(wallet.pubkey(), money)
        return wallet

    def wait(self, seconds: int) -> None:
        """Let chain time pass."""
        self.now += seconds
        self.svm.set_clock(Clock(self.now, self.now, 0, 0, self.now))

    def lamports(self, address: str | Keypair) -> int:
        """An account's balance."""
        text = str(address.pubkey()) if isinstance(address, Keypair) else address
        return self.svm.get_balance(Pubkey.from_string(text)) or 0

    def raw(self, address: str) -> Account:
        """An account as the chain holds it."""
        found = self.svm.get_account(Pubkey.from_string(address))
        assert found is not None
        return found

    def account(self, address: str) -> dict[str, Any]:
        """An account of the program, decoded."""
        return PROGRAM.codec.decode_account(bytes(self.raw(address).data)).fields

    def overwrite(self, address: str, **fields: Any) -> None:
        """Write some fields of an account over: states that no transaction leads to."""
        raw = self.raw(address)
        name, old = PROGRAM.codec.decode_account(bytes(raw.data))
        data = PROGRAM.codec.encode_account(name, {**old, **fields}).ljust(len(raw.data), b"\0")
        self.svm.set_account(
            Pubkey.from_string(address), Account(raw.lamports, data, raw.owner, False, 0)
        )

    def send(self, name: str, signer: Keypair, *, to: str = "", **args: Any) -> Receipt:
        """One instruction about the market `to`; `accounts` replaces addresses by IDL name."""
        return self.execute(self.instruction(name, signer, to, **args), signer)

    def instruction(
        self,
        name: str,
        signer: Keypair,
        to: str,
        accounts: dict[str, str] | None = None,
        **args: Any,
    ) -> Instruction:
        """The instruction as any client would build it."""
        given = dict.fromkeys(ROLES, str(signer.pubkey()))
        given["protocol_fee_wallet"] = str(self.fee_wallet.pubkey())
        if to:
            given["market"] = to
        return build(PROGRAM, name, {**given, **(accounts or {})}, args)

    def execute(self, instruction: Instruction, payer: Keypair) -> Receipt:
        """Run an instruction in a transaction of its own."""
        self.svm.expire_blockhash()
        message = Message.new_with_blockhash(
            [instruction], payer.pubkey(), self.svm.latest_blockhash()
        )
        result = self.svm.send_transaction(Transaction([payer], message, message.recent_blockhash))
        if isinstance(result, TransactionMetadata):
            data = bytes(result.return_data().data)
            returned = int.from_bytes(data, "little") if data else None
            used = result.compute_units_consumed()
            return Receipt(None, list(_events(result.logs())), returned, used)
        return Receipt(_error(result))

    def initialize(self) -> Receipt:
        """The configuration, with the program's defaults."""
        backend = str(self.backend.pubkey())
        return self.send("initialize_global_config", self.admin, backend_authority=backend)

    def configure(self, **changes: Any) -> Receipt:
        """update_global_config with the defaults but for `changes`."""
        terms: dict[str, Any] = {
            "protocol_fee_bps": 300,
            "resolver_reward_bps": 200,
            "liquidity_provider_fee_bps": 500,
            "proposal_approval_threshold": 7000,
            "dispute_success_threshold": 6000,
            "min_resolution_delay": None,
            "dispute_period": None,
        }
        return self.send("update_global_config", self.admin, **{**terms, **changes})

    def create(
        self, creator: Keypair, *, number: int = 1, b: int = B, liquidity: int | None = None
    ) -> tuple[str, Receipt]:
        """A proposed market: its address and the receipt."""
        market_id = f"{number:064x}"
        address = market_address(LOCAL_PROGRAM_ID, market_id)
        receipt = self.send(
            "create_market",
            creator,
            to=address,
            market_id=market_id,
            b_parameter=b,
            initial_liquidity=least_liquidity(b) if liquidity is None else liquidity,
            ipfs_question_hash=bytes(IPFS).hex(),
        )
        return address, receipt

    def approve(self, market: str) -> None:
        """PROPOSED -> APPROVED by counted votes."""
        votes = {"final_likes": 7, "final_dislikes": 3}
        counted = self.send("aggregate_proposal_votes", self.backend, to=market, **votes)
        assert counted.error is None
        assert self.send("approve_proposal", self.admin, to=market).error is None

    def active(self, creator: Keypair, *, number: int = 1, b: int = B) -> str:
        """An active market's address; a second has passed since."""
        market, receipt = self.create(creator, number=number, b=b)
        assert receipt.error is None
        self.approve(market)
        assert self.send("activate_market", creator, to=market).error is None
        self.wait(1)
        return market

    def buy(self, market: str, user: Keypair, outcome: bool, target_cost: int) -> Receipt:
        """Spend up to `target_cost` lamports."""
        return self.send("buy_shares", user, to=market, outcome=outcome, target_cost=target_cost)

    def sell(
        self, market: str, user: Keypair, outcome: bool, shares: int, least: int = 0
    ) -> Receipt:
        """Sell shares."""
        args = {"outcome": outcome, "shares_to_sell": shares, "min_proceeds": least}
        return self.send("sell_shares", user, to=market, **args)

    def resolve(self, market: str, resolver: Keypair, outcome: bool) -> Receipt:
        """Propose an outcome."""
        evidence = bytes(IPFS).hex()
        return self.send(
            "resolve_market",
            resolver,
            to=market,
            proposed_outcome=outcome,
            ipfs_evidence_hash=evidence,
        )

    def finalize(
        self, market: str, agree: int | None = None, disagree: int | None = None
    ) -> Receipt:
        """Finalize as the backend."""
        args = {"dispute_agree": agree, "dispute_disagree": disagree}
        return self.send("finalize_market", self.backend, to=market, **args)

    def claim(self, market: str, user: Keypair, resolver: Keypair) -> Receipt:
        """Claim winnings."""
        accounts = {"resolver": str(resolver.pubkey())}
        return self.send("claim_winnings", user, to=market, accounts=accounts)

    def position(self, market: str, user: Keypair) -> dict[str, Any]:
        """A user's position account."""
        return self.account(position_address(LOCAL_PROGRAM_ID, market, str(user.pubkey())))
