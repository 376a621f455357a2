"""Redis (or Valkey) clients: one kind for commands, another for reads that wait.

redis-py 8 gives up on a socket after five seconds and raises when its pool is empty; a blocking
XREAD needs the first switched off, a busy service needs to queue instead of the second.
"""

from redis.asyncio import BlockingConnectionPool, Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff


def commands(url: str, *, name: str, max_connections: int = 64, timeout: float = 2.0) -> Redis:
    """A client for commands; more callers than connections wait up to `timeout` seconds."""
    return Redis.from_pool(_pool(url, name, max_connections, timeout, retries=2))


def blocking(url: str, *, name: str, max_connections: int = 4) -> Redis:
    """A client for XREAD BLOCK and pub/sub: its reads wait as long as the server does."""
    return Redis.from_pool(_pool(url, name, max_connections, None, retries=0))


def _pool(
    url: str, name: str, size: int, timeout: float | None, *, retries: int
) -> BlockingConnectionPool:
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        url,
        max_connections=size,
        timeout=timeout or 5.0,
        socket_timeout=timeout,
        socket_connect_timeout=2.0,
        socket_keepalive=True,
        health_check_interval=15,
        client_name=f"oddsline-{name}",
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), retries),
    )
    return pool


__all__ = ["Connection", "Redis", "blocking", "commands"]
