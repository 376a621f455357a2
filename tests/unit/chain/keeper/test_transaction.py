"""The envelope: nothing is signed that no role's list names, whatever was built above."""

from typing import Any

import pytest
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from chain.keeper.actions import Ready, Step
from chain.keeper.fees import Quote
from chain.keeper.signers import FileSigner, SignerMissing, Signers
from chain.keeper.transaction import Forbidden, check, instructions_of, message_of, sign
from chain.program import instructions
from tests.unit.chain.stories import MARKET, program

KEYS = {role: Keypair() for role in ("admin", "backend", "activator", "payer")}
SIGNERS = Signers({role: FileSigner(key) for role, key in KEYS.items()})
ADDRESS = {role: str(key.pubkey()) for role, key in KEYS.items()}
BLOCKHASH = "11111111111111111111111111111111"
QUOTE = Quote(1000, 5, 5001)
APPROVE = Step("approve_proposal", {}, "admin")
ACTIVATE = Step("activate_market", {}, "activator")


def message(*listed: Instruction) -> Message:
    return message_of(listed, QUOTE, ADDRESS["payer"], BLOCKHASH)


async def signed(*listed: Instruction) -> Any:
    return await sign(program, SIGNERS, message(*listed), 150, 1)


async def test_several_roles_sign_one_transaction_with_its_memo():
    built = instructions_of(program, SIGNERS, Ready((APPROVE, ACTIVATE), "why"), MARKET)
    result = await signed(*built)
    tx = VersionedTransaction.from_bytes(result.wire)

    assert all(tx.verify_with_results())
    assert {str(key) for key in tx.message.account_keys[:3]} == {
        ADDRESS["payer"],
        ADDRESS["admin"],
        ADDRESS["activator"],
    }
    assert str(tx.signatures[0]) == result.signature
    assert bytes(tx.message.instructions[-1].data) == b"why"


PAYER = Pubkey.from_string(ADDRESS["payer"])
FORBIDDEN = {
    "a transfer": transfer(TransferParams(from_pubkey=PAYER, to_pubkey=PAYER, lamports=1)),
    "the trap": instructions.aggregate_dispute_votes(
        program, market=MARKET, backend_authority=ADDRESS["backend"], agrees=1, disagrees=0
    ),
    "an instruction on no list": instructions.emergency_pause(program, admin=ADDRESS["admin"]),
    "a role's instruction by another role": instructions.finalize_market(
        program, market=MARKET, backend_authority=ADDRESS["admin"]
    ),
    "bytes of no name": Instruction(
        Pubkey.from_string(program.program_id), b"\xff" * 8, [AccountMeta(PAYER, True, True)]
    ),
}


@pytest.mark.parametrize("instruction", FORBIDDEN.values(), ids=FORBIDDEN.keys())
async def test_what_the_list_does_not_name_is_never_signed(instruction: Instruction):
    with pytest.raises(Forbidden):
        await signed(instruction)


async def test_a_forbidden_instruction_hides_behind_no_allowed_one():
    allowed = instructions.approve_proposal(program, market=MARKET, admin=ADDRESS["admin"])

    with pytest.raises(Forbidden):
        await signed(allowed, FORBIDDEN["a transfer"])


async def test_what_does_not_fit_a_packet_is_refused():
    built = instructions_of(program, SIGNERS, Ready((APPROVE,), "x" * 1300), MARKET)

    with pytest.raises(Forbidden, match="fit"):
        await signed(*built)


def test_a_role_without_a_key_is_named():
    lonely = Signers({"payer": FileSigner(KEYS["payer"])})

    with pytest.raises(SignerMissing, match="ODDSLINE_KEYPAIR_ADMIN"):
        instructions_of(program, lonely, Ready((APPROVE,), None), MARKET)
    check(program, lonely, message())


def test_a_signer_never_tells_its_secret(tmp_path: Any):
    path = tmp_path / "key.json"
    path.write_text("[1, 2, 3]")

    with pytest.raises(SignerMissing) as refused:
        FileSigner.load(path)
    assert "[1" not in str(refused.value)
    assert str(KEYS["admin"]) not in repr(FileSigner(KEYS["admin"]))
