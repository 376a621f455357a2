"""A line's secrets and keys: made once, kept with owner-only permissions, never printed."""

import importlib
import importlib.util
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oddsline import blocking

SIGNERS = ("admin", "backend", "activator", "payer")
SQL = Path(__file__).parent.parent / "sql"


@dataclass(frozen=True)
class Identity:
    """What a line knows and nobody else does.

    `service_key` is an API key for its own commands; `service_key_hash` is what is stored of it.
    """

    owner: str
    authenticator: str
    service: str
    analyst: str
    redis: str
    helius_auth: str
    jwt_key: str
    service_key: str
    service_key_prefix: str
    service_key_hash: str


def identity(home: Path, **known: str) -> Identity:
    """The line's identity, made at the first start; `known` values are taken as given then."""
    path = home / "keys" / "secrets.json"
    if not path.exists():
        write_private(path, json.dumps(_new(**known), indent=2))
    return Identity(**json.loads(path.read_text()))


def signer_files(home: Path) -> dict[str, Path]:
    """A keypair file per signing role, in Solana's format (64 numbers), made when missing.

    The activator signs with the admin's key: the program lets only a market's creator or the
    admin activate it.
    """
    files = {role: home / "keys" / f"{role}.json" for role in SIGNERS}
    for role, path in files.items():
        if not path.exists():
            write_private(path, files["admin"].read_text() if role == "activator" else _keypair())
    return files


def register_service_key(database_url: str, known: Identity) -> None:
    """Make the line's own API key valid; doing it again changes nothing."""
    values = {"prefix": known.service_key_prefix, "secret_hash": known.service_key_hash}
    with blocking.session(database_url, name="up") as connection:
        blocking.run(connection, blocking.read_sql(SQL, "register_service_key"), values)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.touch(mode=0o600)
    half.write_text(text)
    half.replace(path)


def _new(**known: str) -> dict[str, str]:
    passwords = ("owner", "authenticator", "service", "analyst", "redis", "helius_auth", "jwt_key")
    made = {name: secrets.token_urlsafe(32) for name in passwords} | known
    key = _mint()
    return made | {
        "service_key": key.text,
        "service_key_prefix": key.prefix,
        "service_key_hash": key.secret_hash,
    }


def _keypair() -> str:
    from solders.keypair import Keypair

    return Keypair().to_json()


def _mint() -> Any:
    """An API key; what one looks like is the API's business."""
    return importlib.import_module("api.keys").mint()
