"""The sign-in text and its two signatures, byte for byte."""

from datetime import UTC, datetime
from hashlib import sha256

import based58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from solders.keypair import Keypair

from api import signin
from votes import offchain_message

KEY = Keypair.from_seed(bytes(range(32)))
WALLET = str(KEY.pubkey())
DOMAIN = "oddsline.test"
TEXT = f"""\
oddsline.test wants you to sign in with your Solana account:
{WALLET}

Sign in to read your own positions. This costs nothing and moves nothing.

URI: https://oddsline.test
Version: 1
Chain ID: solana:abc
Nonce: 0123456789abcdef0123456789abcdef
Issued At: 2026-11-24T04:00:00Z
Expiration Time: 2026-11-24T04:05:00Z"""


def is_signed(message: str, signature: str, encoding: str, wallet: str = WALLET) -> bool:
    return signin.is_signed(
        message, wallet=wallet, signature=signature, encoding=encoding, domain=DOMAIN
    )


def test_the_text_binds_domain_wallet_chain_nonce_and_time():
    """As wallets show it to a person."""
    told = signin.text(
        domain=DOMAIN,
        chain="solana:abc",
        wallet=WALLET,
        nonce="0123456789abcdef" * 2,
        now=datetime(2026, 11, 24, 4, tzinfo=UTC),
    )

    assert told == TEXT


def test_another_implementations_signature_signs_in():
    """What a wallet's own Ed25519 (here OpenSSL's) makes of seed and text, as base58."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    signature = based58.b58encode(key.sign(TEXT.encode())).decode()

    assert (
        signature
        == "3U8SzuZnVA746DMexdNuZvmVQLkunMWJ8YqLpfA5EkPt1m65zycvCohkjkf3vT1f5eqRodghEfeTHTocLyGiZ3wR"
    )
    assert is_signed(TEXT, signature, "raw")


@pytest.mark.parametrize("version", [0, 1])
def test_an_off_chain_message_of_either_version_signs_in(version: int):
    """The header that hardware wallets put before the text is part of what is signed."""
    program = sha256(DOMAIN.encode()).digest()
    forms = list(
        offchain_message.encodings(TEXT, signer=bytes(KEY.pubkey()), program=program, domain=DOMAIN)
    )
    of_version = [form for form in forms if form[16] == version]

    assert of_version
    assert all(form.startswith(b"\xffsolana offchain") for form in forms)
    for form in of_version:
        assert is_signed(TEXT, str(KEY.sign_message(form)), "ocms")


def test_one_encoding_does_not_pass_for_the_other():
    """Else a text could be taken for a transaction's bytes, or the other way round."""
    raw = str(KEY.sign_message(TEXT.encode()))
    framed = str(KEY.sign_message(offchain_message.version_1(TEXT.encode(), bytes(KEY.pubkey()))))

    assert not is_signed(TEXT, raw, "ocms")
    assert not is_signed(TEXT, framed, "raw")


@pytest.mark.parametrize("change", [("oddsline", "0ddsline"), ("04:05", "05:05"), ("abc", "abd")])
def test_a_signature_of_another_text_signs_nothing(change: tuple[str, str]):
    """Another domain, another time, another chain."""
    other = TEXT.replace(*change)

    assert not is_signed(TEXT, str(KEY.sign_message(other.encode())), "raw")


@pytest.mark.parametrize(("wallet", "signature"), [("0OIl", "5" * 88), (WALLET, "not base58 0OIl")])
def test_what_is_no_key_or_signature_is_simply_wrong(wallet: str, signature: str):
    """No exception for what anybody may send."""
    assert not is_signed(TEXT, signature, "raw", wallet)
