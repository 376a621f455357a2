"""What the API's processes need to know, beyond what every room knows."""

import hashlib
import hmac
import secrets
from functools import cached_property
from pathlib import Path

from pydantic import Field

from votes.settings import VoteSettings


class ApiSettings(VoteSettings):
    """The API's own settings; the two logins it cannot do without are narrowed here."""

    authenticator_url: str = Field(repr=False, pattern=r"^postgres(ql)?://")
    service_url: str = Field(repr=False, pattern=r"^postgres(ql)?://")

    #: Proxies (addresses or networks, comma separated) whose X-Forwarded-For is believed.
    trusted_proxies: str = ""
    #: Origins (comma separated) that may call from a browser; our own page needs none.
    cors_origins: str = ""

    limit_per_ip: int = Field(100, gt=0)  # requests a minute without a key
    limit_auth_per_ip: int = Field(20, gt=0)  # sign-in requests a minute
    limit_ballots_per_wallet: int = Field(10, gt=0)  # a minute
    limit_ballots_per_ip: int = Field(60, gt=0)  # a minute
    limit_connects_per_ip: int = Field(60, gt=0)  # WebSocket upgrades a minute
    limit_socket_auth_per_ip: int = Field(60, gt=0)  # `auth` messages in sockets a minute

    socket_connections_per_ip: int = Field(50, gt=0)
    socket_connections_per_key: int = Field(1000, gt=0)
    socket_subscriptions: int = Field(200, gt=0)  # a connection
    socket_messages_per_minute: int = Field(300, gt=0)  # a connection, from the client
    socket_buffer_bytes: int = Field(256 * 1024, gt=0)  # unsent bytes before a client is slow
    socket_backlog: int = Field(2000, gt=0)  # messages kept for a slow client before 4008
    heartbeat_ms: int = Field(5000, ge=100)
    replay_s: int = Field(300, gt=0)  # how far back `after` reaches
    replay_memory_s: int = Field(60, gt=0)  # of which from memory

    stale_after_ms: int = Field(5000, gt=0)  # age of the newest tick that means "stale"
    drain_s: float = Field(1.0, ge=0)  # between "not ready" and closing
    token_ttl_s: int = Field(900, gt=0)
    body_limit_bytes: int = Field(16 * 1024, gt=0)
    answer_cache_mb: int = Field(64, ge=0)

    @cached_property
    def root_secret(self) -> bytes:
        """The newest secret of ODDSLINE_JWT_KEY, else one kept in the line's home folder."""
        return self.token_keys[0][1]

    @cached_property
    def token_keys(self) -> list[tuple[str, bytes]]:
        """Signing keys as (kid, secret), the newest first: `secret[,older]` in the setting."""
        configured = [part.strip() for part in (self.jwt_key or "").split(",") if part.strip()]
        texts = configured or [_kept_secret(self.home / "keys" / "api-secret")]
        return [(_kid(text), text.encode()) for text in texts]

    @property
    def cursor_key(self) -> bytes:
        """Derived, so that a cursor's signature can never be taken for a token's."""
        return hmac.digest(self.token_keys[-1][1], b"oddsline cursor", "sha256")

    @property
    def trusted_networks(self) -> list[str]:
        return [part.strip() for part in self.trusted_proxies.split(",") if part.strip()]

    @property
    def allowed_origins(self) -> list[str]:
        return [part.strip() for part in self.cors_origins.split(",") if part.strip()]


def _kid(secret: str) -> str:
    return hashlib.sha256(b"kid" + secret.encode()).hexdigest()[:8]


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made once and shared by every process of this home."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
