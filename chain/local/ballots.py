"""A vote as a wallet casts it: the API says what to sign, the wallet signs, the API takes it."""

import httpx2
from solders.keypair import Keypair

#: What is posted beside the signature, as the API drafted it.
POSTED = ("wallet", "choice", "nonce", "round", "issued_at", "expires_at")


async def cast(api: httpx2.AsyncClient, market_id: str, wallet: Keypair, *, like: bool) -> None:
    """Like or dislike a proposal by a signed ballot; returns once there is a receipt.

    Raises:
        httpx2.HTTPError: it was not taken; also while the API does not know the market yet.
    """
    asked = {"wallet": str(wallet.pubkey()), "choice": "like" if like else "dislike"}
    told = await api.get(f"/votes/{market_id}/message", params=asked)
    draft = told.raise_for_status().json()
    signature = wallet.sign_message(draft["message"].encode())
    body = {name: draft[name] for name in POSTED} | {"signature": str(signature)}
    (await api.post(f"/votes/proposal/{market_id}", json=body)).raise_for_status()
