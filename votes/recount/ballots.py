"""Reading public ballots: what each one says is read from the bytes its wallet signed."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solders.pubkey import Pubkey
from solders.signature import Signature

TITLE = b"Oddsline vote\n"


class ForgedBallotError(Exception):
    """A published ballot that its wallet did not sign, or that says something else."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A ballot as published, with what its signed text says."""

    seq: int
    wallet: str
    choice: str
    nonce: int
    said: dict[str, str]  # the lines of the signed text
    message: bytes
    signature: bytes  # 64 bytes


def read_directory(folder: Path) -> list[dict[str, Any]]:
    """Read every ballot from the `.json` files of a folder: lists, or pages with `data`."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text())
        found += content["data"] if isinstance(content, dict) else content
    return found


def check(published: dict[str, Any]) -> Claimed:
    """Verify one published ballot.

    Args:
        published: has `seq`, `wallet`, `signed_bytes` (base64) and `signature` (base58).

    Raises:
        ForgedBallotError: the signature does not hold, or the signed text names another wallet.
    """
    message = base64.b64decode(published["signed_bytes"])
    signature = Signature.from_string(published["signature"])
    wallet = Pubkey.from_string(published["wallet"])
    if not signature.verify(wallet, message):
        raise ForgedBallotError(f"ballot {published['seq']}: {wallet} did not sign it")
    said = _lines(message)
    if said.get("wallet") != str(wallet):
        raise ForgedBallotError(f"ballot {published['seq']}: signed text names another wallet")
    return Claimed(
        seq=int(published["seq"]),
        wallet=str(wallet),
        choice=said["choice"],
        nonce=int(said["nonce"]),
        said=said,
        message=message,
        signature=bytes(signature),
    )


def _lines(message: bytes) -> dict[str, str]:
    """Return the text's fields; an off-chain message's binary preamble lies before the title."""
    start = message.find(TITLE)
    if start < 0:
        raise ForgedBallotError("a signed message that is no ballot")
    lines = message[start + len(TITLE) :].decode().split("\n")
    return dict(line.split(": ", 1) for line in lines)
