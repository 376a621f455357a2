"""Where the program keeps things: its derived addresses, base58, cached.

A wrong seed gives another address without a word, so the seeds are tested against the IDL's.
"""

from __future__ import annotations

from functools import lru_cache

from solders.pubkey import Pubkey

SYSTEM_PROGRAM = "11111111111111111111111111111111"
PROPOSAL, DISPUTE = 0, 1  # VoteRecord's vote_type

_MARKETS = 1 << 16


@lru_cache(maxsize=16)
def global_config_address(program_id: str) -> str:
    """The one GlobalConfig account."""
    return _derive(program_id, b"global-config")


@lru_cache(maxsize=_MARKETS)
def market_address(program_id: str, market_id: str) -> str:
    """The market's account; `market_id` is 64 hex digits."""
    return _derive(program_id, b"market", bytes.fromhex(market_id))


@lru_cache(maxsize=_MARKETS)
def position_address(program_id: str, market: str, user: str) -> str:
    """A user's position in a market (its address, not its id)."""
    return _derive(program_id, b"position", _key(market), _key(user))


@lru_cache(maxsize=_MARKETS)
def vote_record_address(program_id: str, market: str, user: str, vote_type: int) -> str:
    """A user's on-chain vote; `vote_type` is PROPOSAL or DISPUTE."""
    return _derive(program_id, b"vote", _key(market), _key(user), bytes([vote_type]))


@lru_cache(maxsize=16)
def event_authority_address(program_id: str) -> str:
    """Who signs `emit_cpi!`: only the program itself can."""
    return _derive(program_id, b"__event_authority")


def _key(address: str) -> bytes:
    return bytes(Pubkey.from_string(address))


def _derive(program_id: str, *seeds: bytes) -> str:
    address, _bump = Pubkey.find_program_address(list(seeds), Pubkey.from_string(program_id))
    return str(address)
