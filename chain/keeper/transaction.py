"""From steps to signed bytes, inside the safety envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import Instruction
from solders.message import Message, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from chain.codec import CodecError
from chain.keeper.actions import ROLE_OF, Ready
from chain.keeper.fees import MOST_UNITS, Quote
from chain.keeper.signers import Signers
from chain.program.instructions import build
from chain.program.interface import Program
from chain.program.states import NEVER_SENT

MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"
BUDGET_PROGRAM = "ComputeBudget111111111111111111111111111111"
MOST_BYTES = 1232  # a packet


class Forbidden(Exception):
    """An instruction that no role may sign: the envelope's last word before a signature."""


class Signed(NamedTuple):
    """A transaction as it goes over the wire, and what proves its end.

    `signed_slot` is the slot at which its blockhash was given out; None = not known.
    """

    signature: str
    wire: bytes
    last_valid_block_height: int
    signed_slot: int | None


def instructions_of(
    program: Program, signers: Signers, ready: Ready, market: str
) -> list[Instruction]:
    """The program's instructions and the memo, without compute budget.

    Raises:
        SignerMissing: a role has no key here.
    """
    built = []
    for step in ready.steps:
        definition = program.codec.instructions[step.instruction]
        signer = next(meta.name for meta in definition.accounts if meta.signer)
        accounts = {"market": market, signer: signers.of(step.role).address}
        built.append(build(program, step.instruction, accounts, step.args))
    if ready.memo:
        memo = ready.memo.encode()
        built.append(Instruction(Pubkey.from_string(MEMO_PROGRAM), memo, []))
    return built


def message_of(
    instructions: Sequence[Instruction], quote: Quote | None, payer: str, blockhash: str
) -> Message:
    """A message with its compute budget; without a quote all units there are, for simulation."""
    limit = MOST_UNITS if quote is None else quote.unit_limit
    price = 0 if quote is None else quote.unit_price
    budget = [set_compute_unit_limit(limit), set_compute_unit_price(price)]
    return Message.new_with_blockhash(
        [*budget, *instructions], Pubkey.from_string(payer), Hash.from_string(blockhash)
    )


def unsigned(message: Message) -> bytes:
    """The wire form with empty signatures, which is enough for a simulation."""
    blanks = [Signature.default()] * message.header.num_required_signatures
    return bytes(VersionedTransaction.populate(message, blanks))


def check(program: Program, signers: Signers, message: Message) -> None:
    """Let only what the allow-list names be signed, and each instruction only by its role's key.

    Looks at the finished message, not at the intent: a defect above must not get past it.

    Raises:
        Forbidden: it holds anything else.
    """
    keys = [str(key) for key in message.account_keys]
    for compiled in message.instructions:
        where = keys[compiled.program_id_index]
        if where in (MEMO_PROGRAM, BUDGET_PROGRAM):
            continue
        if where != program.program_id:
            raise Forbidden(f"an instruction to {where}")
        try:
            name, _ = program.codec.decode_instruction(bytes(compiled.data))
        except CodecError as error:
            raise Forbidden("an instruction of no known name") from error
        if name not in ROLE_OF or name in NEVER_SENT:
            raise Forbidden(f"{name} is on no role's list")
        _, at = program.accounts[name]
        accounts = [keys[index] for index in bytes(compiled.accounts)]
        if at is None or accounts[at] != signers.of(ROLE_OF[name]).address:
            raise Forbidden(f"{name} is not signed by {ROLE_OF[name]}")


async def sign(
    program: Program,
    signers: Signers,
    message: Message,
    last_valid_block_height: int,
    signed_slot: int,
) -> Signed:
    """Sign with every key the message requires.

    Raises:
        Forbidden: the envelope refuses it, or it is too long for a packet.
    """
    check(program, signers, message)
    by_address = {address: signers.of(role) for role, address in signers.roles().items()}
    payload = to_bytes_versioned(message)
    signatures = []
    for key in message.account_keys[: message.header.num_required_signatures]:
        signer = by_address.get(str(key))
        if signer is None:
            raise Forbidden(f"nobody here signs for {key}")
        signatures.append(Signature.from_bytes(await signer.sign(payload)))
    wire = bytes(VersionedTransaction.populate(message, signatures))
    if len(wire) > MOST_BYTES:
        raise Forbidden(f"{len(wire)} bytes, {MOST_BYTES} fit")
    return Signed(str(signatures[0]), wire, last_valid_block_height, signed_slot)
