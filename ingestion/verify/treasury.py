"""The protocol's fees, told by the wallet that gets them: in all, and transaction by transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from chain.facts import lamports_gained
from chain.program.accounts import GlobalConfig, read_account_as
from chain.program.addresses import global_config_address
from chain.program.interface import Program
from chain.rpc import Rpc
from chain.transactions import Transaction, transaction_from
from ingestion.verify.compare import Difference, sql

#: Transactions read one by one.
SAMPLE = 25
#: What may stand beside the program in a transaction without moving lamports.
_HARMLESS = "ComputeBudget111111111111111111111111111111"


@dataclass(frozen=True, slots=True)
class Treasury:
    """The fee wallet's side and the marts'."""

    address: str
    lamports: int  # what it holds
    fees: int  # what the marts say all trades paid to it, lamports
    sampled: int  # transactions compared
    differences: tuple[Difference, ...]


async def read_treasury(
    rpc: Rpc, program: Program, pool: asyncpg.Pool, *, opening: int | None = None
) -> Treasury:
    """Compare fees with the wallet that GlobalConfig names.

    A wallet is given and spends money as it likes, so its total decides only where `opening`, its
    lamports before the first trade, is known and nothing else touches it. What each transaction of
    a sample brought it must be what that transaction's trades paid.

    Raises:
        chain.rpc_errors.RpcError: the node did not answer.
        LookupError: the program has no GlobalConfig.
    """
    slot, account = await rpc.get_account(global_config_address(program.program_id))
    if account is None:
        raise LookupError(f"program {program.program_id} has no GlobalConfig on this chain")
    address = read_account_as(program, account.data, GlobalConfig).protocol_fee_wallet
    lamports = await rpc.get_balance(address)
    fees = int(await pool.fetchval(sql("paid_fees")))
    wrong = []
    if opening is not None and lamports - opening != fees:
        chain, marts = str(lamports - opening), str(fees)
        wrong.append(Difference("treasury", address, "protocol_fees", chain, marts, slot))
    sampled = 0
    for row in await pool.fetch(sql("sampled_fees"), SAMPLE):
        transaction = _read(await rpc.get_transaction(row["signature"]))
        gained = _gained(transaction, address, program.program_id)
        if transaction is None or gained is None:
            continue
        sampled += 1
        if gained != row["lamports"]:
            chain, marts = str(gained), str(row["lamports"])
            at = transaction.slot
            wrong.append(Difference("treasury", row["signature"], "protocol_fee", chain, marts, at))
    return Treasury(address, lamports, fees, sampled, tuple(wrong))


def _read(found: Mapping[str, object] | None) -> Transaction | None:
    read = None if found is None else transaction_from(found)
    return read if isinstance(read, Transaction) else None


def _gained(tx: Transaction | None, wallet: str, program_id: str) -> int | None:
    """What the wallet got by the program alone; None where something else may have paid it too."""
    if tx is None or wallet in tx.keys[: tx.signers]:
        return None
    called = {tx.keys[top.program_id_index] for top in tx.instructions}
    return None if called - {program_id, _HARMLESS} else lamports_gained(tx, wallet)
