"""When a process is fit for work: its servers answer, and the fold keeps up with landing."""

from api.service import Service

#: Rows may wait this long before the API calls itself unready.
MAX_LAG_MS = 30_000


def watch(service: Service) -> None:
    """Make /readyz depend on Postgres, on Redis, and on the fold's watermark against landing's."""
    service.health.check("postgres", lambda: _postgres(service))
    service.health.check("redis", lambda: _redis(service))
    service.health.check("fold", lambda: _fold(service))


async def _postgres(service: Service) -> None:
    await service.database.public.fetchval("select 1")


async def _redis(service: Service) -> None:
    await service.redis.ping()


async def _fold(service: Service) -> None:
    as_of = await service.as_of()
    if as_of.lag_ms > MAX_LAG_MS:
        raise RuntimeError(f"the oldest row waits {as_of.lag_ms} ms for the fold")
