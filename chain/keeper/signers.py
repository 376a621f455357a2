"""Who signs: one signer a role. A file's keypair today; a remote one has the same shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from solders.keypair import Keypair

ROLES = ("admin", "backend", "activator", "payer")


class SignerMissing(Exception):
    """A role without a signer: nothing that needs it can be sent."""


class Signer(Protocol):
    """A key that signs messages; where it lives is its own affair (file, KMS, Vault)."""

    @property
    def address(self) -> str:
        """The public key, base58."""
        ...

    async def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an ed25519 signature over a serialized message."""
        ...


class FileSigner:
    """A keypair in a file of Solana's format: a JSON list of 64 numbers."""

    def __init__(self, keypair: Keypair) -> None:
        self._keypair = keypair
        self.address = str(keypair.pubkey())

    def __repr__(self) -> str:
        return f"FileSigner({self.address})"

    @classmethod
    def load(cls, path: Path) -> FileSigner:
        """Read the file.

        Raises:
            SignerMissing: it is not there or holds no keypair; its content is never told.
        """
        try:
            return cls(Keypair.from_json(path.read_text()))
        except (OSError, ValueError) as error:
            raise SignerMissing(f"{path}: {type(error).__name__}") from None

    async def sign(self, message: bytes) -> bytes:
        return bytes(self._keypair.sign_message(message))


class Signers:
    """The signers by role; the payer is the first role's key where there is none of its own."""

    def __init__(self, by_role: Mapping[str, Signer]) -> None:
        self._by_role = dict(by_role)

    def roles(self) -> dict[str, str]:
        """Address by role."""
        return {role: signer.address for role, signer in self._by_role.items()}

    def of(self, role: str) -> Signer:
        """The signer of a role.

        Raises:
            SignerMissing: there is none.
        """
        try:
            return self._by_role[role]
        except KeyError:
            raise SignerMissing(f"no signer for {role} (ODDSLINE_KEYPAIR_{role.upper()})") from None

    def payer(self, first_role: str) -> Signer:
        """Who pays the fee."""
        return self._by_role.get("payer") or self.of(first_role)
