"""The chain's side of the comparison: every market and position account of the program."""

from chain.program.interface import Program
from chain.rpc import Rpc
from ingestion.verify.compare import Account
from ingestion.verify.run import Kind, ReadAccounts

NAMES: dict[Kind, str] = {"market": "MarketAccount", "position": "UserPosition"}


def reader(rpc: Rpc, program: Program) -> ReadAccounts:
    """Reads all accounts of a kind at one moment, at the commitment that `rpc` reads at."""

    async def read(kind: Kind) -> list[Account]:
        slot, found = await rpc.get_program_accounts(program.program_id)
        decoded = {key: program.codec.decode_account(raw.data) for key, raw in found.items()}
        return [
            Account(address, account.fields, slot)
            for address, account in decoded.items()
            if account.name == NAMES[kind]
        ]

    return read
