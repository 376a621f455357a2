"""A ballot over HTTP: its text, its intake, its receipt, each refusal by name, its proof."""

import asyncio
import base64
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from solders.keypair import Keypair

from api.application import application, parts
from tests.integration.api import rows
from tests.integration.api.conftest import Api, caller
from votes import ballot as ballots
from votes.ballot import Domain

DOMAIN = Domain("oddsline.test", "1" * 32, "1" * 32)


@pytest.fixture
async def api(api, owner):
    """Market 1 is a proposal; the ballot office knows its chain without asking one."""
    api.service.ballots._domain = DOMAIN
    api.headers = await api.key("read")
    await proposed(owner)
    return api


async def proposed(owner) -> None:
    await rows.market(owner, 1, state="PROPOSED")
    now = datetime.now(UTC)
    opened = {"event": "MarketCreated", "signature": "opened", "occurred_at": now}
    await rows.transition(owner, 1, 1, "PROPOSED", **opened)


async def drafted(api, key: Keypair, **changes) -> dict[str, object]:
    query = {"kind": "proposal", "wallet": str(key.pubkey()), "choice": "like"}
    path = f"/votes/{rows.market_id(1)}/message"
    answer = await api.get(path, params=query, headers=api.headers)
    assert answer.status_code == 200, answer.text
    ballot = answer.json()
    signature = str(key.sign_message(ballot["message"].encode()))
    names = ("wallet", "choice", "nonce", "round", "issued_at", "expires_at")
    return {**{name: ballot[name] for name in names}, "signature": signature, **changes}


async def post(api, body: dict[str, object], market: str | None = None, kind: str = "proposal"):
    path = f"/votes/{kind}/{market or rows.market_id(1)}"
    return await api.client.post(path, json=body, headers=api.headers)


async def test_a_signed_ballot_is_accepted_with_a_receipt(api):
    body = await drafted(api, Keypair())

    answer = await post(api, body)

    assert answer.status_code == 202, answer.text
    assert answer.json()["wallet"] == body["wallet"]
    assert answer.json()["nonce"] == body["nonce"]


async def test_the_same_ballot_again_is_answered_200_with_the_same_receipt(api):
    body = await drafted(api, Keypair())
    first = await post(api, body)

    second = await post(api, body)

    assert (second.status_code, second.json()) == (200, first.json())


async def test_while_redis_is_away_ballots_are_taken_and_repeated(settings, owner):
    """Nothing is cached; the receipt, the stored ballot and its repetition are as ever."""
    deaf = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    async with parts(deaf) as service, caller(application(service)) as client:
        service.ballots._domain = DOMAIN
        api = Api(client, service, owner)
        api.headers = await api.key("read")
        await proposed(owner)
        body = await drafted(api, Keypair())

        first = await post(api, body)
        again = await post(api, body)

    assert (first.status_code, again.status_code) == (202, 200), first.text
    assert await owner.fetchval("select count(*) from raw.votes") == 1


async def test_a_hundred_ballots_at_once_are_all_taken(api, owner):
    bodies = [await drafted(api, Keypair()) for _ in range(100)]

    answers = await asyncio.gather(*(post(api, body) for body in bodies))

    assert {answer.status_code for answer in answers} == {202}
    assert await owner.fetchval("select count(*) from raw.votes") == 100


@pytest.mark.parametrize(
    ("changes", "status", "slug"),
    [
        ({"choice": "dislike"}, 422, "bad-signature"),
        ({"choice": "agree"}, 422, "wrong-choice"),
        ({"round": "an old one"}, 422, "bad-signature"),
        ({"signature": "0OIl"}, 422, "malformed-key"),
        ({"wallet": "0OIl"}, 422, "malformed-key"),
        ({"nonce": 5}, 422, "nonce-mismatch"),
        ({"expires_at": "2026-01-01T00:00:00Z"}, 422, "expired"),
        ({"message": "Sign in to oddsline.test"}, 422, "not-a-ballot"),
        ({"choice": "maybe"}, 422, "validation"),
        ({"nonce": -1}, 422, "validation"),
    ],
)
async def test_what_is_wrong_with_a_ballot_is_named_and_nothing_is_stored(
    api, owner, changes, status, slug
):
    answer = await post(api, await drafted(api, Keypair(), **changes))

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:oddsline:problem:{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert await owner.fetchval("select count(*) from raw.votes") == 0


async def test_a_ballot_for_a_market_nobody_knows_is_not_found(api):
    answer = await post(api, await drafted(api, Keypair()), market="ee" * 32)

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:oddsline:problem:not-found")


async def test_a_kind_of_vote_that_does_not_exist_is_named(api):
    """Whatever the market; a path that takes no posts stays one."""
    body = await drafted(api, Keypair())
    paths = [rows.market_id(1), "ee" * 32, rows.address("market 1")]

    answers = [await post(api, body, market, kind="outcome") for market in paths]
    elsewhere = await post(api, body, "ballots", kind=rows.market_id(1))

    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {
        (404, "urn:oddsline:problem:unknown-kind")
    }
    assert elsewhere.status_code == 405


async def test_a_replayed_nonce_with_another_choice_is_a_conflict(api):
    key = Keypair()
    body = await drafted(api, key)
    await post(api, body)
    market, kind = rows.market_id(1), "proposal"
    other = f"kind: {kind}\nround: {body['round']}\nchoice: dislike"
    query = {"kind": kind, "wallet": body["wallet"], "choice": "dislike"}
    message = (await api.get(f"/votes/{market}/message", params=query)).json()
    text = message["message"]
    for name in ("nonce", "issued_at", "expires_at"):
        text = text.replace(str(message[name]), str(body[name]))
    assert other in text

    answer = await post(
        api, {**body, "choice": "dislike", "signature": str(key.sign_message(text.encode()))}
    )

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:oddsline:problem:stale-nonce")


def cast(key: Keypair, n: int) -> dict[str, object]:
    """The `n`th ballot of a wallet, signed; each is newer than the one before."""
    ballot = ballots.draft(
        market_id=rows.market_id(1),
        kind="proposal",
        round_="opened",
        choice=("like", "dislike")[n % 2],
        wallet=str(key.pubkey()),
        now=datetime.now(UTC) + timedelta(milliseconds=100 * n),
    )
    names = ("wallet", "choice", "nonce", "round", "issued_at", "expires_at")
    signature = str(key.sign_message(ballot.text(DOMAIN).encode()))
    return {**{name: getattr(ballot, name) for name in names}, "signature": signature}


async def test_of_eleven_signed_ballots_a_minute_the_last_is_over_its_wallets_limit(api, owner):
    """The limit holds under any key."""
    key = Keypair()

    answers = [await post(api, cast(key, n)) for n in range(11)]

    assert [answer.status_code for answer in answers] == [*[202] * 10, 429]
    assert answers[-1].json()["type"] == "urn:oddsline:problem:rate-limited"
    assert int(answers[-1].headers["retry-after"]) > 0
    assert await owner.fetchval("select count(*) from raw.votes") == 10


async def test_fifty_forged_ballots_in_a_wallets_name_leave_its_own_accepted(api):
    """Whoever forges pays with an allowance of his own."""
    victim, forger = Keypair(), Keypair()
    forged = [{**cast(forger, n), "wallet": str(victim.pubkey())} for n in range(50)]
    refused = [await post(api, body) for body in forged]

    answers = [await post(api, cast(victim, n)) for n in range(10)]

    assert {answer.status_code for answer in refused} == {422}
    assert [answer.status_code for answer in answers] == [202] * 10


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_wallets_public_ballots_posted_again_do_not_use_up_its_limit(
    api, settings, processes
):
    """Posted by anybody to any process: the wallet can still cast all ten."""
    key = Keypair()
    async with AsyncExitStack() as stack:
        apis = [api]
        if processes == 2:
            service = await stack.enter_async_context(parts(settings))
            service.ballots._domain = DOMAIN
            client = await stack.enter_async_context(caller(application(service)))
            apis.append(Api(client, service, api.owner, api.headers))
        first = cast(key, 0)
        accepted = [await post(api, first)]
        again = [await post(one, first) for one in apis for _ in range(20)]
        accepted += [await post(apis[-1], cast(key, n)) for n in range(1, 10)]

    assert {(answer.status_code, answer.text) for answer in again} == {(200, accepted[0].text)}
    assert [answer.status_code for answer in accepted] == [202] * 10


async def test_public_ballots_hold_the_signed_bytes_and_page_without_losing_one(api):
    keys = [Keypair() for _ in range(5)]
    for key in keys:
        await post(api, await drafted(api, key))
    path, cursor, seen = f"/votes/{rows.market_id(1)}/ballots", None, []
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await api.get(path, params=query)).json()
        seen += [ballot for ballot in page["data"] if ballot["source"] == "offchain"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert [ballot["wallet"] for ballot in seen] == [str(key.pubkey()) for key in keys]
    assert base64.b64decode(seen[0]["signed_bytes"]).startswith(b"Oddsline vote\ndomain: ")


async def test_without_a_tally_there_is_no_proof(api):
    answer = await api.get(f"/votes/{rows.market_id(1)}/proof/{Keypair().pubkey()}")

    assert answer.status_code == 404
