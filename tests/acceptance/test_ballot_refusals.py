"""Ballots that must not count, posted to a running line: each is named, and nothing is stored."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from redis import Redis
from solders.keypair import Keypair

from oddsline import blocking
from oddsline.line import Line
from tests.support.voting import CORE, Public
from votes import ballot as ballots

pytestmark = pytest.mark.slow

UNKNOWN = "ee" * 32
RULES = {
    "ODDSLINE_CHAIN_PRIVATE": "true",
    "ODDSLINE_LIMIT_BALLOTS_PER_WALLET": "1000",  # one wallet posts a hundred at once here
}


@pytest.fixture(scope="module")
def public() -> Iterator[Public]:
    with Line.private(CORE[:-1], env=RULES, durable=False) as line:
        headers = {"X-API-Key": line.service_key}
        with httpx2.Client(base_url=line.url("api"), headers=headers, timeout=30) as api:
            yield Public(line, api)


@pytest.fixture(scope="module")
def proposal(public: Public) -> str:
    """A market that is voted on; no test may leave a ballot in it but by `stored_once`."""
    return public.proposed()


@pytest.fixture(scope="module")
def dispute(public: Public) -> str:
    return public.disputed()


def kept(public: Public) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Every ballot in Postgres and every count in Redis."""
    with blocking.session(public.line.database_url, name="test") as connection:
        rows = blocking.rows(connection, "select signature from raw.votes order by seq")
    with Redis.from_url(public.line.redis_url, decode_responses=True) as redis:
        counts = {key: redis.hgetall(key) for key in redis.scan_iter(match="votes:*")}
    return [row["signature"] for row in rows], counts


@contextmanager
def nothing_stored(public: Public) -> Iterator[None]:
    before = kept(public)
    yield
    assert kept(public) == before


def assert_refused(
    public: Public,
    market_id: str,
    body: dict[str, Any],
    status: int,
    slug: str,
    *,
    kind: str = "proposal",
) -> None:
    """Post it: it is refused by that name, and nothing of it stays."""
    with nothing_stored(public):
        answer = public.api.post(f"/votes/{kind}/{market_id}", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["type"]) == (status, f"urn:oddsline:problem:{slug}"), told


def signed(key: Keypair, body: dict[str, Any], text: str, **said: Any) -> dict[str, Any]:
    """The same ballot with other values in its text, signed as if they were right."""
    lines = {"issued_at": "issued", "expires_at": "expires"}
    for name, value in said.items():
        line = lines.get(name, name)
        text, found = re.subn(rf"(?m)^{line}: .*$", f"{line}: {value}", text)
        assert found == 1, name
    known = {name: value for name, value in said.items() if name in body}
    return {**body, **known, "signature": str(key.sign_message(text.encode()))}


def at(issued: datetime, lasts: timedelta = timedelta(minutes=5)) -> dict[str, Any]:
    """A ballot's times, issued then."""
    issued = issued.replace(microsecond=0)
    return {
        "nonce": ballots.milliseconds(issued),
        "issued_at": ballots.format_time(issued),
        "expires_at": ballots.format_time(issued + lasts),
    }


def now(**ago: float) -> datetime:
    return datetime.now(UTC) - timedelta(**ago)


def test_another_wallets_signature_is_a_bad_signature(public: Public, proposal: str):
    """Signed by somebody else, in this wallet's name."""
    body, text = public.drafted(proposal, "like")
    forged = str(Keypair().sign_message(text.encode()))

    assert_refused(public, proposal, {**body, "signature": forged}, 422, "bad-signature")


def test_a_choice_that_was_not_signed_is_a_bad_signature(public: Public, proposal: str):
    """The text said like."""
    body, _ = public.drafted(proposal, "like")

    assert_refused(public, proposal, {**body, "choice": "dislike"}, 422, "bad-signature")


def test_a_ballot_for_one_market_is_named_so_in_another(public: Public, proposal: str):
    """Also without the text: its round says which market it was signed for."""
    other = public.proposed()
    body, text = public.drafted(other, "like")

    assert_refused(public, proposal, body, 422, "wrong-market")
    assert_refused(public, proposal, {**body, "message": text}, 422, "wrong-market")


def test_a_login_signature_is_no_ballot(public: Public, proposal: str):
    """The wallet has signed in to us; nobody votes with that."""
    key = Keypair()
    body, _ = public.drafted(proposal, "like", key)
    told = public.api.post("/auth/nonce", json={"wallet": str(key.pubkey())})
    login = told.raise_for_status().json()["message"]
    stolen = {**body, "signature": str(key.sign_message(login.encode()))}

    assert_refused(public, proposal, stolen, 422, "not-a-ballot")
    assert_refused(public, proposal, {**stolen, "message": login}, 422, "not-a-ballot")


@pytest.mark.parametrize(
    ("times", "slug"),
    [
        (lambda: at(now(minutes=2), timedelta(minutes=1)), "expired"),
        (lambda: at(now(minutes=6), timedelta(minutes=10)), "too-old"),
        (lambda: at(now(seconds=-60)), "future-dated"),
        (lambda: at(now(), timedelta(minutes=11)), "expiry-too-long"),
        (lambda: at(now()) | {"nonce": 5}, "nonce-mismatch"),
    ],
    ids=["expired", "issued long ago", "future-dated", "good for too long", "nonce of no time"],
)
def test_times_that_do_not_hold_are_named(public: Public, proposal: str, times: Any, slug: str):
    """Signed all the same: a signature does not make them hold."""
    key = Keypair()
    body, text = public.drafted(proposal, "like", key)

    assert_refused(public, proposal, signed(key, body, text, **times()), 422, slug)


def test_an_old_round_is_named(public: Public, dispute: str):
    """The round of the market's proposal, signed for its dispute."""
    key = Keypair()
    body, text = public.drafted(dispute, "agree", key)
    moves = public.api.get(f"/markets/{dispute}/transitions").json()["data"]
    (created,) = [move["signature"] for move in moves if move["event"] == "MarketCreated"]
    old = signed(key, body, text, round=created)

    assert_refused(public, dispute, old, 422, "wrong-round", kind="dispute")


def test_a_vote_that_is_not_open_is_the_wrong_phase(public: Public, proposal: str, dispute: str):
    """A proposal's ballot while the market is disputed, a dispute's before there is one."""
    key = Keypair()
    body, text = public.drafted(proposal, "like", key)
    early = signed(key, body, text, kind="dispute", choice="agree")
    assert_refused(public, proposal, early, 422, "wrong-phase", kind="dispute")
    body, text = public.drafted(dispute, "agree", key)
    late = signed(key, body, text, kind="proposal", choice="like")
    assert_refused(public, dispute, late, 422, "wrong-phase")


def test_a_choice_of_the_other_vote_is_named(public: Public, proposal: str):
    """A proposal is liked or not, it is not agreed to."""
    key = Keypair()
    body, text = public.drafted(proposal, "like", key)

    assert_refused(public, proposal, signed(key, body, text, choice="agree"), 422, "wrong-choice")


def test_a_market_nobody_knows_is_not_found(public: Public, proposal: str):
    """Signed for it too."""
    key = Keypair()
    body, text = public.drafted(proposal, "like", key)

    assert_refused(public, UNKNOWN, signed(key, body, text, market=UNKNOWN), 404, "not-found")


def test_a_kind_of_vote_that_does_not_exist_is_named(public: Public, proposal: str):
    """There are proposals and disputes; whether there is such a market is not the question."""
    body, _ = public.drafted(proposal, "like")

    assert_refused(public, proposal, body, 404, "unknown-kind", kind="outcome")
    assert_refused(public, UNKNOWN, body, 404, "unknown-kind", kind="outcome")


@pytest.mark.parametrize("field", ["wallet", "signature"])
@pytest.mark.parametrize("text", ["0OIl", "", "1111"], ids=["no base58", "empty", "too short"])
def test_what_is_no_base58_key_is_malformed(public: Public, proposal: str, field: str, text: str):
    """A wallet has 32 bytes, a signature 64."""
    body, _ = public.drafted(proposal, "like")

    assert_refused(public, proposal, {**body, field: text}, 422, "malformed-key")


def test_a_market_id_that_is_none_is_not_valid(public: Public, proposal: str):
    """Neither 64 hex digits nor an address."""
    body, _ = public.drafted(proposal, "like")

    assert_refused(public, "market-1", body, 422, "validation")


def test_an_oversized_body_is_not_read(public: Public, proposal: str):
    """A ballot that is right but for what is stuffed into it."""
    body, _ = public.drafted(proposal, "like")

    assert_refused(public, proposal, {**body, "more": "x" * 2**20}, 413, "body-too-large")


def test_a_replayed_nonce_is_a_conflict(public: Public, proposal: str):
    """Not below the wallet's last, and not the same with another choice."""
    key = Keypair()
    older = public.drafted(proposal, "dislike", key)
    body, text = public.drafted(proposal, "like", key)
    with stored_once(public, key):
        path = f"/votes/proposal/{proposal}"
        assert public.api.post(path, json=body).status_code == 202

    assert_refused(public, proposal, older[0], 409, "stale-nonce")
    assert_refused(public, proposal, signed(key, body, text, choice="dislike"), 409, "stale-nonce")


def test_the_same_bytes_again_are_answered_with_the_same_receipt(public: Public, proposal: str):
    """200: nothing new has happened."""
    key = Keypair()
    body, _ = public.drafted(proposal, "like", key)
    path = f"/votes/proposal/{proposal}"
    with stored_once(public, key):
        first = public.api.post(path, json=body)
        second = public.api.post(path, json=body)

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json()


def test_the_same_ballot_a_hundred_times_at_once_is_taken_once(public: Public, proposal: str):
    """One 202, ninety-nine 200, one receipt."""
    key = Keypair()
    body, _ = public.drafted(proposal, "like", key)
    with stored_once(public, key):
        answers = at_once(public, proposal, [body] * 100)

    assert sorted(answer.status_code for answer in answers) == [200] * 99 + [202]
    assert len({answer.text for answer in answers}) == 1


def test_of_a_hundred_ballots_with_one_nonce_at_once_exactly_one_wins(
    public: Public, proposal: str
):
    """Each differs from the others in its choice or its expiry; the receipt's is the one stored."""
    key = Keypair()
    body, text = public.drafted(proposal, "like", key)
    issued = ballots.parse_time(body["issued_at"])
    bodies = [
        signed(
            key,
            body,
            text,
            choice=("like", "dislike")[n % 2],
            expires_at=ballots.format_time(issued + timedelta(seconds=100 + n)),
        )
        for n in range(100)
    ]
    with stored_once(public, key):
        answers = at_once(public, proposal, bodies)

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 99
    (won,) = [answer.json() for answer in answers if answer.status_code == 202]
    refusals = {answer.json()["type"] for answer in answers if answer.status_code == 409}
    assert refusals == {"urn:oddsline:problem:stale-nonce"}
    voters = kept(public)[1][f"votes:proposal:{proposal}:voters"]
    assert voters[str(key.pubkey())] == f"{body['nonce']}:{won['choice']}"


def at_once(public: Public, market_id: str, bodies: list[dict[str, Any]]) -> list[httpx2.Response]:
    """All of them posted at the same time, each by a thread of its own."""
    path = f"/votes/proposal/{market_id}"
    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(lambda body: public.api.post(path, json=body), bodies))


@contextmanager
def stored_once(public: Public, key: Keypair) -> Iterator[None]:
    """One ballot more in Postgres and one voter more in Redis, whose vote counts once."""
    ballots_before, counts_before = kept(public)
    yield
    ballots_after, counts_after = kept(public)
    assert len(ballots_after) == len(ballots_before) + 1
    voters_before, voters_after = voters(counts_before), voters(counts_after)
    assert set(voters_after) - set(voters_before) == {str(key.pubkey())}
    assert counted(counts_after) == counted(counts_before) + 1


def voters(counts: dict[str, dict[str, str]]) -> list[str]:
    return [voter for key, found in counts.items() if key.endswith(":voters") for voter in found]


def counted(counts: dict[str, dict[str, str]]) -> int:
    """All votes in all counts."""
    fields = ("likes", "dislikes", "agrees", "disagrees")
    hashes = [found for key, found in counts.items() if not key.endswith(":voters")]
    return sum(int(found.get(field, 0)) for found in hashes for field in fields)
