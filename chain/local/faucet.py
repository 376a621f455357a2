"""The faucet: airdrops are signed transfers, so that no lamport appears from nowhere."""

import itertools
from hashlib import sha256

from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

FAUCET = Keypair.from_seed(sha256(b"oddsline: the local faucet").digest())
FAUCET_LAMPORTS = 500_000_000 * 10**9
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")

#: Tells two equal airdrops of one block apart.
_serial = itertools.count()


def airdrop(to: Pubkey, lamports: int, blockhash: str) -> VersionedTransaction:
    """A signed transfer from the faucet."""
    instructions = [
        transfer(TransferParams(from_pubkey=FAUCET.pubkey(), to_pubkey=to, lamports=lamports)),
        Instruction(MEMO, f"airdrop {next(_serial)}".encode(), []),
    ]
    message = MessageV0.try_compile(FAUCET.pubkey(), instructions, [], Hash.from_string(blockhash))
    return VersionedTransaction(message, [FAUCET])
