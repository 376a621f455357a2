"""The keys that a local line signs with, as files that only their owner reads."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from solders.keypair import Keypair

from oddsline.settings import Settings
from oddsline.supervisor.identity import write_private


class Roles(NamedTuple):
    """Who does what: the same key may stand for several."""

    admin: Keypair
    backend: Keypair
    activator: Keypair
    payer: Keypair
    fees: Keypair

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The keys of a line; what has no file yet under $ODDSLINE_HOME/keys is made.

        Raises:
            FileNotFoundError: a configured path holds no file.
        """
        admin = _key(settings.keypair_admin, settings.home, "admin")
        return cls(
            admin=admin,
            backend=_key(settings.keypair_backend, settings.home, "backend"),
            # Only a market's creator or the admin may activate it.
            activator=_key(settings.keypair_activator, settings.home, "activator", admin),
            payer=_key(settings.keypair_payer, settings.home, "payer"),
            fees=_key(None, settings.home, "fees"),
        )


def kept_wallets(home: Path, names: Iterable[str]) -> list[Keypair]:
    """Wallets that keep their keys between runs, by name, under $ODDSLINE_HOME/keys."""
    return [_key(None, home, name) for name in names]


def read_keypair(path: Path) -> Keypair:
    """A keypair file in Solana's format: 64 numbers."""
    return Keypair.from_bytes(bytes(json.loads(path.read_text())))


def _key(path: Path | None, home: Path, name: str, like: Keypair | None = None) -> Keypair:
    if path is None:
        path = home / "keys" / f"{name}.json"
        if not path.exists():
            write_private(path, (like or Keypair()).to_json())
    return read_keypair(path)
