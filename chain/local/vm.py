"""The virtual machine: LiteSVM executes, this module adds what a validator would record.

LiteSVM tells logs, inner instructions and the error; balances, loaded addresses and the
pre-images of the accounts that a transaction may write are ours to take. The VM checks neither
blockhash, duplicates nor signatures here: chain.py does, with the 150-block window and the
memory that the VM lacks (and once instead of twice, since preflight has verified already).
"""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import based58
import orjson
from solders.account import Account
from solders.clock import Clock
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import (
    FailedTransactionMetadata,
    SimulatedTransactionInfo,
    TransactionMetadata,
)

from chain.local.keys import Keys, resolve

#: LiteSVM's sign of "never executed": refused before the first instruction, no fee taken.
NOT_EXECUTED = Signature.default()
MAINNET_LOG_BYTES = 10_000
SLOTS_PER_EPOCH = 432_000

#: Without lamports an account does not exist.
GONE = Account(0, b"", Pubkey.default())

Json = Any
State = Account | None


@dataclass(slots=True)
class Execution:
    """What one transaction did, in the words of `getTransaction`."""

    keys: Keys
    meta: dict[str, Json]
    #: The accounts it may have written, as they were before.
    before: dict[Pubkey, State]


class Refused(Exception):
    """The transaction was not executed: it lands in no block and costs nothing."""

    def __init__(self, err: Json) -> None:
        """`err` as Solana's JSON spells it, such as `"AccountNotFound"`."""
        super().__init__(err)
        self.err = err


class Vm:
    """One LiteSVM, never entered twice at once (the event loop is its lock)."""

    def __init__(self) -> None:
        """A VM with the default programs and nothing checked that chain.py checks."""
        self._svm = (
            LiteSVM()
            .with_blockhash_check(check=False)
            .with_transaction_history(0)
            .with_sigverify(sigverify=False)
            .with_log_bytes_limit(MAINNET_LOG_BYTES)
        )

    def load_program(self, address: Pubkey, so: Path) -> None:
        """Put a program's ELF at an address."""
        self._svm.add_program(address, so.read_bytes())

    def set_clock(self, slot: int, unix_timestamp: int) -> None:
        """Open a slot: what programs read from the Clock sysvar, in seconds."""
        epoch = slot // SLOTS_PER_EPOCH
        self._svm.set_clock(Clock(slot, unix_timestamp, epoch, epoch + 1, unix_timestamp))

    def limit_logs(self, limit: int = MAINNET_LOG_BYTES) -> None:
        """Keep so many bytes of logs a transaction, then `Log truncated`."""
        self._svm.with_log_bytes_limit(limit)

    def account(self, address: Pubkey) -> State:
        """The account as it is now; None when it has no lamports."""
        return self._svm.get_account(address)

    def set_account(self, address: Pubkey, state: State) -> None:
        """Write an account over, or wipe it out."""
        self._svm.set_account(address, state or GONE)

    def program_accounts(self, program: Pubkey) -> list[tuple[Pubkey, Account]]:
        """Every account that a program owns."""
        return self._svm.get_program_accounts(program)

    def rent(self, size: int) -> int:
        """Lamports that exempt `size` bytes of data from rent."""
        return self._svm.minimum_balance_for_rent_exemption(size)

    def keys(self, tx: VersionedTransaction) -> Keys:
        """The transaction's accounts, lookup tables resolved.

        Raises:
            Refused: a lookup table is missing or too short.
        """
        try:
            return resolve(tx.message, self.account)
        except LookupError as missing:
            raise Refused(str(missing)) from None

    def execute(self, tx: VersionedTransaction) -> Execution:
        """Run a transaction for good.

        Raises:
            Refused: it was not executed (no such payer, no money for the fee, …).
        """
        keys = self.keys(tx)
        before = {key: self._svm.get_account(key) for key in keys.writable}
        balances = self._balances(keys)
        result = self._svm.send_transaction(tx)
        err, meta = _outcome(result)
        if meta.signature() == NOT_EXECUTED:
            raise Refused(err)
        return Execution(keys, _meta(err, meta, keys, balances, self._balances(keys)), before)

    def simulate(
        self, tx: VersionedTransaction
    ) -> tuple[Json, TransactionMetadata, dict[Pubkey, Account]]:
        """Run a transaction without a trace: its error, metadata and the accounts it left."""
        self.keys(tx)
        result = self._svm.simulate_transaction(tx)
        if isinstance(result, SimulatedTransactionInfo):
            return None, result.meta(), dict(result.post_accounts())
        err, meta = _outcome(result)
        return err, meta, {}

    def _balances(self, keys: Keys) -> list[int]:
        return [self._svm.get_balance(key) or 0 for key in keys.all]


def _outcome(
    result: TransactionMetadata | FailedTransactionMetadata,
) -> tuple[Json, TransactionMetadata]:
    if isinstance(result, FailedTransactionMetadata):
        return orjson.loads(result.to_json())["err"], result.meta()
    return None, result


def return_data(meta: TransactionMetadata) -> Json:
    """The last program's return data in RPC shape, None when it returned nothing."""
    data = meta.return_data()
    raw = bytes(data.data)
    if not raw:
        return None
    return {"programId": str(data.program_id), "data": [base64.b64encode(raw).decode(), "base64"]}


def inner_instructions(meta: TransactionMetadata) -> list[Json]:
    """The instructions that programs called, grouped by the outer instruction's index."""
    return [
        {
            "index": index,
            "instructions": [
                {
                    "programIdIndex": inner.instruction().program_id_index,
                    "accounts": list(inner.instruction().accounts),
                    "data": based58.b58encode(bytes(inner.instruction().data)).decode(),
                    "stackHeight": inner.stack_height(),
                }
                for inner in group
            ],
        }
        for index, group in enumerate(meta.inner_instructions())
        if group
    ]


def _meta(
    err: Json, meta: TransactionMetadata, keys: Keys, before: list[int], after: list[int]
) -> dict[str, Json]:
    recorded = {
        "err": err,
        "status": {"Ok": None} if err is None else {"Err": err},
        "fee": meta.fee(),
        "preBalances": before,
        "postBalances": after,
        "innerInstructions": inner_instructions(meta),
        "logMessages": meta.logs(),
        "preTokenBalances": [],
        "postTokenBalances": [],
        "rewards": [],
        "loadedAddresses": {
            "writable": [str(key) for key in keys.loaded_writable],
            "readonly": [str(key) for key in keys.loaded_readonly],
        },
        "computeUnitsConsumed": meta.compute_units_consumed(),
    }
    returned = return_data(meta)
    if returned is not None:
        recorded["returnData"] = returned
    return recorded
