"""Sign-in with Solana: one text, one signature, one token."""

import pytest
from solders.keypair import Keypair

from tests.integration.api import rows
from tests.integration.api.conftest import Api
from votes import offchain_message
from votes.ballot import Domain


@pytest.fixture
def bound(api: Api) -> Api:
    """The API, told which chain and program it belongs to without asking a node."""
    api.service.ballots._domain = Domain(
        "oddsline.test", rows.address("genesis"), rows.address("p")
    )
    return api


async def challenge(api: Api, wallet: str) -> dict[str, str]:
    answer = await api.client.post("/auth/nonce", json={"wallet": wallet})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("encoding", ["raw", "ocms"])
async def test_a_signed_text_becomes_a_token_that_opens_the_own_positions(bound: Api, encoding):
    """Raw and off-chain-message signatures both sign in."""
    key = Keypair()
    wallet = str(key.pubkey())
    asked = await challenge(bound, wallet)
    text = asked["message"].encode()
    signed = text if encoding == "raw" else offchain_message.version_1(text, bytes(key.pubkey()))
    body = {"wallet": wallet, "nonce": asked["nonce"], "encoding": encoding}

    told = await bound.client.post(
        "/auth/verify", json=body | {"signature": str(key.sign_message(signed))}
    )
    headers = {"Authorization": f"Bearer {told.json()['token']}"}
    answer = await bound.get(f"/positions/{wallet}", headers=headers)

    assert told.status_code == 200, told.text
    assert answer.status_code == 200
    assert "oddsline.test" in asked["message"]


async def test_a_nonce_is_good_once(bound: Api):
    """The second use of the same signature is refused."""
    key = Keypair()
    wallet = str(key.pubkey())
    asked = await challenge(bound, wallet)
    signature = str(key.sign_message(asked["message"].encode()))
    body = {"wallet": wallet, "nonce": asked["nonce"], "signature": signature}

    first = await bound.client.post("/auth/verify", json=body)
    second = await bound.client.post("/auth/verify", json=body)

    assert (first.status_code, second.status_code) == (200, 401)


async def test_another_wallets_signature_signs_nobody_in(bound: Api):
    """The key that signs must be the wallet the text names."""
    key, other = Keypair(), Keypair()
    asked = await challenge(bound, str(key.pubkey()))
    signature = str(other.sign_message(asked["message"].encode()))
    body = {"wallet": str(key.pubkey()), "nonce": asked["nonce"], "signature": signature}

    assert (await bound.client.post("/auth/verify", json=body)).status_code == 401


async def test_sign_in_has_a_stricter_limit_than_reading(bound: Api):
    """Beyond it 429 with Retry-After."""
    bound.service.settings.__dict__["limit_auth_per_ip"] = 2
    wallet = str(Keypair().pubkey())
    answers = [await bound.client.post("/auth/nonce", json={"wallet": wallet}) for _ in range(3)]

    assert [a.status_code for a in answers] == [200, 200, 429]
    assert "retry-after" in answers[-1].headers


async def test_completeness_is_a_page_even_before_anything_is_known(api: Api):
    """An empty ledger answers an empty page."""
    assert (await api.get("/status/completeness")).json()["data"] == []
