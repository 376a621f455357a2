"""Reads at a fixed rate: what readers of a market's page ask for, in turn."""

import math
import subprocess
from dataclasses import dataclass
from random import Random

from api.settings import ApiSettings
from api.tokens import Tokens
from benchmarks.load import processes
from benchmarks.load.profile import MARGIN, Profile
from chain.local.traffic import Markets
from oddsline.line import Line

CONNECTIONS = 16
ASKED = 600
_WEIGHTS = {"markets": 15, "market": 30, "trades": 30, "candles": 10, "positions": 15}


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of the reads."""

    requests: int
    errors: int
    per_s: float
    took_ms: tuple[float, float, float]  # p50, p95, p99


def offered(profile: Profile) -> float:
    """Requests a second."""
    return MARGIN * profile.requests_per_minute / 60


def load(line: Line, markets: Markets, rate: float, seconds: float) -> Answered:
    """Ask at a fixed rate; a generator that gets no answer at all counts as so many errors."""
    requests = int(rate * seconds)
    spec = {
        "port": line.config.ports["api"],
        "requests": _requests(line, markets),
        "connections": CONNECTIONS,
        "seconds": seconds,
        "rate": rate,
    }
    try:
        told = processes.generate("benchmarks.load.http", spec)
    except subprocess.CalledProcessError:
        return Answered(requests, requests, 0.0, (math.inf, math.inf, math.inf))
    took = (told["p50_ms"], told["p95_ms"], told["p99_ms"])
    return Answered(requests, told["errors"], told["per_s"], took)


def _requests(line: Line, markets: Markets) -> list[tuple[str, dict[str, str]]]:
    chance = Random(8)
    settings = line.settings(ApiSettings)
    tokens = Tokens(settings.token_keys, settings.domain, ttl_s=3600)
    shown = {"x-api-key": line.service_key}
    wallets = [str(wallet.pubkey()) for wallet in markets.wallets]
    signed = {w: shown | {"authorization": f"Bearer {tokens.mint(w)}"} for w in wallets}

    def one(kind: str) -> tuple[str, dict[str, str]]:
        market, wallet = chance.choice(markets.ids), chance.choice(wallets)
        paths = {
            "markets": "/markets?limit=20",
            "market": f"/markets/{market}",
            "trades": f"/trades/{market}?limit=50",
            "candles": f"/markets/{market}/candles?interval=1m",
            "positions": f"/positions/{wallet}",
        }
        return paths[kind], signed[wallet] if kind == "positions" else shown

    return [one(k) for k in chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=ASKED)]
