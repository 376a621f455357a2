"""Tokens: only ours, only for us, only while they last, whoever wrote their header."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from api.problems import Problem
from api.tokens import AUDIENCE, Tokens, subject

WALLET = "So11111111111111111111111111111111111111112"
SECRET, OLDER = b"a secret of at least 32 bytes, new", b"a secret of at least 32 bytes, old"
ISSUER = "oddsline.test"
Claims = dict[str, Any]


def tokens(*keys: tuple[str, bytes], clock: Callable[[], float] = time.time) -> Tokens:
    return Tokens(keys or [("new", SECRET)], ISSUER, 900, clock)


def claims(**changed: Any) -> Claims:
    """What a good token says, but for what is changed; None leaves a claim out."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject(WALLET), "wallet": WALLET}
    told = good | {"iat": now, "exp": now + 900} | changed
    return {name: value for name, value in told.items() if value is not None}


def signed(told: Claims, *, key: bytes = SECRET, algorithm: str = "HS256", **header: Any) -> str:
    return jwt.encode(told, key, algorithm=algorithm, headers={"kid": "new"} | header)


def test_a_minted_token_names_its_wallet():
    """And the uuid that Postgres knows it by."""
    token = tokens().verify(tokens().mint(WALLET))

    assert (token.claims.wallet, token.claims.sub) == (WALLET, subject(WALLET))


@pytest.mark.parametrize(
    "told",
    [
        {"exp": 1_700_000_000},  # long ago; a fixed time, so that every worker collects one name
        {"aud": "somebody-else"},
        {"aud": None},
        {"iss": "evil.test"},
        {"iss": None},
        {"exp": None},
        {"sub": None},
        {"wallet": None},
        {"sub": subject("another wallet")},
        {"wallet": ["a", "list"]},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(told: Claims):
    """Though our own key signed it."""
    with pytest.raises(Problem) as refused:
        tokens().verify(signed(claims(**told)))

    assert refused.value.status == 401


@pytest.mark.parametrize(
    "header", [{"kid": "unknown"}, {"kid": None}, {"kid": "../../keys"}], ids=str
)
def test_a_key_nobody_knows_signs_nothing(header: dict[str, Any]):
    """Whatever the token says its key is."""
    told = jwt.encode(claims(), SECRET, headers={k: v for k, v in header.items() if v})

    with pytest.raises(Problem):
        tokens().verify(told)


def test_a_token_without_a_signature_is_refused():
    """The algorithm is ours to choose, not the token's."""
    told = jwt.encode(claims(), "", algorithm="none", headers={"kid": "new"})

    with pytest.raises(Problem):
        tokens().verify(told)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(algorithm: str):
    """One algorithm, the one we sign with."""
    key = SECRET * 2

    with pytest.raises(Problem):
        tokens(("new", key)).verify(signed(claims(), key=key, algorithm=algorithm))


def test_an_altered_token_is_refused():
    """A byte of the payload, and a byte of the signature."""
    head, payload, signature = tokens().mint(WALLET).split(".")
    forged = [f"{head}.{payload[:-2]}AA.{signature}", f"{head}.{payload}.AAAA{signature[4:]}"]

    for text in forged:
        with pytest.raises(Problem):
            tokens().verify(text)


def test_keys_rotate_without_signing_anybody_out():
    """The newest signs; what an older one signed holds while that is kept, and no longer."""
    before = tokens(("old", OLDER)).mint(WALLET)
    both = tokens(("new", SECRET), ("old", OLDER))

    assert both.verify(before).claims.wallet == WALLET
    assert jwt.get_unverified_header(both.mint(WALLET))["kid"] == "new"
    with pytest.raises(Problem):
        tokens().verify(before)


def test_a_verified_token_is_remembered_only_until_it_expires():
    """Having seen it once is no reason to take it for ever."""
    now = [time.time()]
    ours = tokens(clock=lambda: now[0])
    text = ours.mint(WALLET)
    ours.verify(text)
    now[0] += 901

    with pytest.raises(Problem, match="expired"):
        ours.verify(text)
