"""The bytes a wallet signs when it signs text "off chain" (OCMS).

Layouts after Solana's off-chain message signing specification, versions 0 and 1, and the shorter
header that `solana sign-offchain-message` writes; the tests compare with the bytes that the
`@solana/offchain-messages` package makes.
"""

import hashlib
from collections.abc import Iterator

SIGNING_DOMAIN = b"\xffsolana offchain"
FORMAT_UTF8_LIMITED = 1  # our text has line feeds, which the restricted-ASCII format 0 excludes
LIMITED_BYTES_MAX = 1232
NO_APPLICATION_DOMAIN = bytes(32)


def version_0(text: bytes, signer: bytes, application_domain: bytes) -> bytes:
    """Return the version 0 message for one signer (32 bytes) and a 32-byte application domain."""
    preamble = SIGNING_DOMAIN + b"\x00" + application_domain + bytes([FORMAT_UTF8_LIMITED])
    return preamble + b"\x01" + signer + len(text).to_bytes(2, "little") + text


def version_1(text: bytes, signer: bytes) -> bytes:
    """Return the version 1 message for one signer: no application domain, no length."""
    return SIGNING_DOMAIN + b"\x01" + b"\x01" + signer + text


def command_line(text: bytes) -> bytes:
    """Return the message as the Solana command line signs it: version 0 with its short header."""
    header = SIGNING_DOMAIN + b"\x00" + bytes([FORMAT_UTF8_LIMITED])
    return header + len(text).to_bytes(2, "little") + text


def encodings(text: str, *, signer: bytes, program: bytes, domain: str) -> Iterator[bytes]:
    """Yield every byte string that a wallet may have signed for `text` under the name `ocms`.

    The application domain is free in version 0: wallets leave it empty or name the program;
    we also take the hash of our web domain.
    """
    content = text.encode()
    yield version_1(content, signer)
    if len(content) <= LIMITED_BYTES_MAX:
        yield version_0(content, signer, NO_APPLICATION_DOMAIN)
        yield version_0(content, signer, program)
        yield version_0(content, signer, hashlib.sha256(domain.encode()).digest())
        yield command_line(content)
