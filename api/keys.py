"""API keys: `ol_<prefix>_<secret>`; the prefix finds the row, only the secret's hash is stored.

A key carries 32 random bytes, so a plain SHA-256 is the right hash: nothing is left to guess.
Two keys of one name may be live at once, which is how a key is rotated.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from api.database import Database

PATTERN = re.compile(r"ol_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
SCOPES = ("read", "stream:all", "service", "admin")
#: A revocation is known everywhere within this many seconds; promised are five.
REFRESH_S = 2.0
#: Unknown prefixes are remembered too, so that guessing costs the database little.
MAX_REMEMBERED = 10_000


@dataclass(frozen=True)
class Key:
    """A key in force."""

    prefix: str
    name: str
    secret_hash: str
    scopes: frozenset[str]
    rate_per_minute: int
    expires_at: datetime | None

    def allows(self, scope: str) -> bool:
        """An admin key may do what any other may; every key may read."""
        return scope == "read" or scope in self.scopes or "admin" in self.scopes

    @property
    def is_service(self) -> bool:
        return self.allows("service")


@dataclass(frozen=True)
class NewKey:
    """What `create` prints once and what it stores."""

    text: str
    prefix: str
    secret_hash: str


def mint() -> NewKey:
    """A new key; its text is never seen again."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return NewKey(f"ol_{prefix}_{secret}", prefix, digest(secret))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def split(text: str) -> tuple[str, str] | None:
    """Prefix and secret of a key's text, or None when it is not one."""
    match = PATTERN.fullmatch(text)
    return (match[1], match[2]) if match else None


class KeyRing:
    """Keys as this process knows them, at most `REFRESH_S` behind the table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Key | None]] = {}
        self._verified: dict[str, str] = {}
        self._used: set[str] = set()

    def at_hand(self, text: str) -> Key | None:
        """The key if it was verified here and is fresh; without a round trip."""
        prefix = self._verified.get(text)
        known = self._known.get(prefix) if prefix else None
        if known is None or time.monotonic() - known[0] > REFRESH_S * 2:
            return None
        key = known[1]
        if key is None or _expired(key):
            return None
        self._used.add(key.prefix)
        return key

    async def find(self, text: str) -> Key | None:
        """The key in force that `text` is, or None."""
        parts = split(text)
        if parts is None:
            return None
        prefix, secret = parts
        key = await self._load(prefix)
        if key is None or not hmac.compare_digest(key.secret_hash, digest(secret)):
            return None
        if _expired(key):
            return None
        self._verified[text] = prefix
        self._used.add(prefix)
        return key

    def in_force(self, prefix: str) -> bool:
        """Whether a key that was verified here is, for all this process knows, still good."""
        known = self._known.get(prefix)
        return known is None or (known[1] is not None and not _expired(known[1]))

    async def _load(self, prefix: str) -> Key | None:
        seen = self._known.get(prefix)
        if seen is None or time.monotonic() - seen[0] > REFRESH_S:
            if len(self._known) >= MAX_REMEMBERED:
                self._forget()
            await self._refresh([prefix])
        return self._known[prefix][1]

    async def _refresh(self, prefixes: list[str]) -> None:
        asked_at = time.monotonic()
        rows = await self._database.service_rows("keys_in_force", prefixes)
        found = {row["prefix"]: _key(row) for row in rows}
        for prefix in prefixes:
            self._known[prefix] = (asked_at, found.get(prefix))

    def expire(self) -> None:
        """Ask the table again at the next use of each key, as after a word of a revocation."""
        self._known.clear()

    def _forget(self) -> None:
        self._known.clear()
        self._verified.clear()

    async def follow(self) -> None:
        """Read known keys anew every `REFRESH_S`, and note which were used; runs for ever."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                live = [prefix for prefix, (_, key) in self._known.items() if key]
                if live:
                    await self._refresh(live)
                used, self._used = self._used, set()
                if used:
                    await self._database.service_rows("keys_used", sorted(used))
            except (asyncpg.PostgresError, OSError, TimeoutError):
                continue  # at_hand stops vouching by itself once its knowledge is old


def _key(row: asyncpg.Record) -> Key:
    return Key(
        prefix=row["prefix"],
        name=row["name"],
        secret_hash=row["secret_hash"],
        scopes=frozenset(row["scopes"]),
        rate_per_minute=row["rate_per_minute"],
        expires_at=row["expires_at"],
    )


def _expired(key: Key) -> bool:
    return key.expires_at is not None and key.expires_at.timestamp() <= time.time()
