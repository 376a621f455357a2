"""How fast log lines of trades become typed rows, on one core, in memory.

Each transaction has the seven lines of a trade (invoke, `msg!`, inner transfer, event, return of
units, success) around an event of its own, as a crowd of wallets and markets would send them.
Building the transactions is not counted.
"""

from __future__ import annotations

import base64
import binascii
import random
import time

import based58
from solders.pubkey import Pubkey

from chain.logs import call_tree, walk
from chain.program.addresses import SYSTEM_PROGRAM
from chain.program.interface import Program, load_program
from chain.transactions import Transaction
from chain.wire import Instruction

PROGRAM_ID = "Markets111111111111111111111111111111111111"
MARKETS, WALLETS = 50, 500


def decode_events_per_s(seconds: float = 2.0, batch: int = 5_000) -> float:
    """Events per second, log lines to typed fields: invoke stack, base64, Borsh, subject.

    Not in it: reading the JSON, instructions, facts, and the database's rows.
    """
    program = load_program(PROGRAM_ID)
    transactions = trades(program, batch)
    done, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        for tx in transactions:
            lines = tx.logs or ()
            for _, text in walk(lines, call_tree(tx), program.program_id).emissions:
                name, fields = program.codec.read_event(binascii.a2b_base64(text))
                program.subject(name, fields)
                done += 1
    return done / elapsed


def trades(program: Program, count: int, seed: int = 7) -> list[Transaction]:
    """`count` buys, one a transaction."""
    rng = random.Random(seed)
    markets = [rng.randbytes(32).hex() for _ in range(MARKETS)]
    wallets = [str(Pubkey(rng.randbytes(32))) for _ in range(WALLETS)]
    keys = [str(Pubkey(rng.randbytes(32))) for _ in range(4)]
    return [
        _trade(program, rng, rng.choice(markets), rng.choice(wallets), keys) for _ in range(count)
    ]


def _trade(
    program: Program, rng: random.Random, market_id: str, wallet: str, others: list[str]
) -> Transaction:
    gross = rng.randrange(10**7, 10**10)
    event = program.codec.encode_event(
        "SharesBought",
        {
            "market_id": market_id,
            "user": wallet,
            "outcome": rng.random() < 0.5,
            "shares": gross * 2,
            "cost": gross + gross // 10,
            "new_price_yes": rng.randrange(10**9),
            "timestamp": 1_790_000_000,
        },
    )
    data = program.codec.encode_instruction(
        "buy_shares", {"outcome": True, "target_cost": gross + gross // 10}
    )
    return Transaction(
        slot=300_000_000,
        signature=based58.b58encode(rng.randbytes(64)).decode(),
        tx_index=rng.randrange(1000),
        block_time=1_790_000_000,
        err=None,
        version="legacy",
        fee=5000,
        keys=(wallet, *others, SYSTEM_PROGRAM, program.program_id),
        signers=1,
        instructions=(Instruction(6, [1, 2, 3, 0, 4, 5], based58.b58encode(data).decode()),),
        inner={0: [Instruction(5, [0, 2], "3Bxs4h24hBtQy9rw")]},
        logs=_lines(program.program_id, event),
        pre_balances=(),
        post_balances=(),
    )


def _lines(program_id: str, event: bytes) -> tuple[str, ...]:
    return (
        f"Program {program_id} invoke [1]",
        "Program log: Instruction: BuyShares",
        f"Program {SYSTEM_PROGRAM} invoke [2]",
        f"Program {SYSTEM_PROGRAM} success",
        f"Program data: {base64.b64encode(event).decode()}",
        f"Program {program_id} consumed 48211 of 200000 compute units",
        f"Program {program_id} success",
    )
