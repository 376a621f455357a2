"""The chain's side of the comparison: every market and position account of the program."""

from collections.abc import Mapping

from chain.program.interface import Program
from chain.rpc import Rpc
from ingestion.verify.compare import Account
from ingestion.verify.run import Kind, ReadAccounts

KINDS: dict[str, Kind] = {"MarketAccount": "market", "UserPosition": "position"}


def reader(rpc: Rpc, program: Program) -> ReadAccounts:
    """Reads all accounts at one moment, at the commitment that `rpc` reads at."""
    rents: dict[int, int] = {}

    async def read() -> Mapping[Kind, list[Account]]:
        slot, found = await rpc.get_program_accounts(program.program_id)
        accounts: dict[Kind, list[Account]] = {"market": [], "position": []}
        for address, raw in found.items():
            account, size = program.codec.decode_account(raw.data), len(raw.data)
            kind = KINDS.get(account.name)
            if kind is None:
                continue
            if size not in rents:
                rents[size] = await rpc.get_minimum_balance_for_rent_exemption(size)
            beyond = raw.lamports - rents[size]
            accounts[kind].append(Account(address, account.fields, slot, beyond))
        return accounts

    return read
