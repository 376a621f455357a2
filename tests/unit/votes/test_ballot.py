"""What a wallet signs, what we take, and the name of each refusal."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from votes import ballot as ballots
from votes import offchain_message
from votes.ballot import Ballot, Domain
from votes.problems import BallotRefusedError, Problem

VECTORS = json.loads((Path(__file__).parent / "ocms_vectors.json").read_text())
FIELDS = dict(line.split(": ", 1) for line in VECTORS["text"].split("\n")[1:])
DOMAIN = Domain(domain=FIELDS["domain"], chain=FIELDS["chain"], program=FIELDS["program"])
VOTE_PROGRAM = "Vote111111111111111111111111111111111111111"
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def vector_ballot() -> Ballot:
    return Ballot(
        market_id=FIELDS["market"],
        kind=FIELDS["kind"],
        round=FIELDS["round"],
        choice=FIELDS["choice"],
        wallet=FIELDS["wallet"],
        nonce=int(FIELDS["nonce"]),
        issued_at=FIELDS["issued"],
        expires_at=FIELDS["expires"],
    )


def drafted(key: Keypair, **changes: str) -> Ballot:
    values = {"market_id": "cd" * 32, "kind": "proposal", "round_": "r", "choice": "like"}
    return ballots.draft(**{**values, **changes}, wallet=str(key.pubkey()), now=NOW)


def refusal(call) -> Problem:
    with pytest.raises(BallotRefusedError) as caught:
        call()
    return caught.value.problem


def test_the_text_is_the_one_the_contract_prescribes():
    assert vector_ballot().text(DOMAIN) == VECTORS["text"]


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_signatures_made_by_other_peoples_libraries_are_recognized(vector):
    """Bytes and signatures come from @solana/offchain-messages and tweetnacl."""
    encoding = "raw" if vector["name"] == "raw" else "ocms"

    taken = ballots.signed_bytes(
        vector_ballot(), DOMAIN, signature=vector["signature"], encoding=encoding
    )

    assert taken.hex() == vector["bytes"]


def test_an_application_domain_that_names_the_program_is_recognized():
    """A wallet may put the program's address where version 0 has its application domain."""
    key = Keypair()
    domain = replace(DOMAIN, program=VOTE_PROGRAM)
    ballot = drafted(key)
    message = offchain_message.version_0(
        ballot.text(domain).encode(), bytes(key.pubkey()), bytes(Pubkey.from_string(VOTE_PROGRAM))
    )
    signature = str(key.sign_message(message))

    assert ballots.signed_bytes(ballot, domain, signature=signature, encoding="ocms") == message


@pytest.mark.parametrize(
    "changed",
    [
        {"market_id": "ef" * 32},
        {"kind": "dispute", "choice": "agree"},
        {"choice": "dislike"},
        {"round": "another"},
        {"nonce": 1},
        {"expires_at": "2026-11-24T04:09:00.000Z"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_signature_is_good_for_exactly_one_ballot(changed):
    key = Keypair()
    ballot = drafted(key)
    signature = str(key.sign_message(ballot.text(DOMAIN).encode()))
    other = replace(ballot, **changed)

    def verify():
        ballots.signed_bytes(other, DOMAIN, signature=signature, encoding="raw")

    assert refusal(verify) is Problem.BAD_SIGNATURE


@pytest.mark.parametrize("field", ["domain", "chain", "program"])
def test_a_signature_for_another_deployment_is_refused(field):
    key = Keypair()
    ballot = drafted(key)
    elsewhere = replace(DOMAIN, **{field: VOTE_PROGRAM})
    signature = str(key.sign_message(ballot.text(elsewhere).encode()))

    def verify():
        ballots.signed_bytes(ballot, DOMAIN, signature=signature, encoding="raw")

    assert refusal(verify) is Problem.BAD_SIGNATURE


def test_another_wallets_signature_is_refused():
    ballot = drafted(Keypair())
    signature = str(Keypair().sign_message(ballot.text(DOMAIN).encode()))

    def verify():
        ballots.signed_bytes(ballot, DOMAIN, signature=signature, encoding="raw")

    assert refusal(verify) is Problem.BAD_SIGNATURE


@pytest.mark.parametrize(("wallet", "signature"), [("0OIl", "1" * 64), (None, "not base58!")])
def test_malformed_base58_is_named(wallet, signature):
    ballot = replace(drafted(Keypair()), **({"wallet": wallet} if wallet else {}))

    def verify():
        ballots.signed_bytes(ballot, DOMAIN, signature=signature, encoding="raw")

    assert refusal(verify) is Problem.MALFORMED_KEY


@pytest.mark.parametrize(
    ("received", "changes", "problem"),
    [
        (timedelta(minutes=5, seconds=1), {}, Problem.TOO_OLD),
        (timedelta(seconds=-31), {}, Problem.FUTURE_DATED),
        (timedelta(minutes=4), {"expires_at": "2026-11-24T04:03:59Z"}, Problem.EXPIRED),
        (timedelta(0), {"expires_at": "2026-11-24T04:10:01Z"}, Problem.EXPIRY_TOO_LONG),
        (timedelta(0), {"nonce": 5}, Problem.NONCE_MISMATCH),
        (timedelta(0), {"issued_at": "yesterday"}, Problem.WRONG_FIELD),
        (timedelta(0), {"expires_at": "2026-11-24T04:05:00"}, Problem.WRONG_FIELD),
    ],
)
def test_times_that_do_not_hold_are_named(received, changes, problem):
    ballot = replace(drafted(Keypair()), **changes)

    assert refusal(lambda: ballots.check_times(ballot, now=NOW + received)) is problem


@pytest.mark.parametrize("received", [timedelta(seconds=-30), timedelta(0), timedelta(minutes=4)])
def test_a_fresh_ballot_is_in_time(received):
    ballots.check_times(drafted(Keypair()), now=NOW + received)


def test_a_choice_of_the_other_kind_is_refused():
    ballot = replace(drafted(Keypair()), choice="agree")

    assert refusal(lambda: ballots.check_choice(ballot)) is Problem.WRONG_CHOICE


def test_a_login_text_is_told_apart_from_a_ballot():
    ballot = drafted(Keypair())
    login = "oddsline.test wants you to sign in with your Solana account:\nabc"

    assert refusal(lambda: ballots.check_text(login, ballot, DOMAIN)) is Problem.NOT_A_BALLOT


def test_a_text_for_another_market_is_named_so():
    ballot = drafted(Keypair())
    other = replace(ballot, market_id="ef" * 32).text(DOMAIN)

    assert refusal(lambda: ballots.check_text(other, ballot, DOMAIN)) is Problem.WRONG_MARKET
    ballots.check_text(ballot.text(DOMAIN), ballot, DOMAIN)
