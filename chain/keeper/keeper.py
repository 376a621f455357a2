"""The keeper: leases intents, pursues many at once, and keeps its leases while it does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from chain.keeper import finality, metrics
from chain.keeper.actions import Done
from chain.keeper.attempt import pursue
from chain.keeper.preparation import NotSent, Tools, prepare
from chain.keeper.store import Intent, LeaseLost
from chain.rpc_errors import RpcError

log = structlog.get_logger()

CLAIM_EVERY_S = 0.25
BALANCES_EVERY_S = 15.0


class Keeper:
    """One process's work; `in_flight` bounds it, a lease lasts `lease_s`."""

    def __init__(
        self,
        tools: Tools,
        *,
        in_flight: int,
        lease_s: float,
        finality_s: float,
        low_balance: int,
        shadow: bool,
    ) -> None:
        self._tools = tools
        self._finality_s = finality_s
        self._in_flight = in_flight
        self._lease_s = lease_s
        self._low_balance = low_balance
        self._shadow = shadow
        self._tasks: dict[int, tuple[Intent, asyncio.Task[None]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is sent then is followed by the next keeper."""
        watching = (self._watch_balances, self._watch_authorities)
        working = (self._shadows,) if self._shadow else (self._claim, self._renew, self._settle)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._forever(loop)) for loop in (*working, *watching)]
            tasks.append(group.create_task(self._tools.watcher.run()))
            await stop.wait()
            for task in [*tasks, *(task for _, task in self._tasks.values())]:
                task.cancel()

    async def _forever(self, step: Callable[[], Awaitable[float]]) -> None:
        """Repeat a step; the database or the node being away only delays it."""
        while True:
            pause = CLAIM_EVERY_S
            try:
                pause = await step()
            except (OSError, TimeoutError, asyncpg.PostgresError, RpcError) as error:
                log.warning("step_failed", error=f"{type(error).__name__}: {error}")
                pause = 1.0
            await asyncio.sleep(pause)

    async def _claim(self) -> float:
        metrics.PAUSED.set(await self._tools.store.paused())
        room = self._in_flight - len(self._tasks)
        for intent in await self._tools.store.claim(room) if room > 0 else []:
            task = asyncio.create_task(self._pursue(intent))
            self._tasks[intent.id] = (intent, task)
        metrics.IN_FLIGHT.set(len(self._tasks))
        return CLAIM_EVERY_S

    async def _pursue(self, intent: Intent) -> None:
        try:
            ending = await pursue(intent, self._tools)
            log.info("intent_ended", intent=intent.id, action=intent.action, ending=str(ending))
        except LeaseLost as error:
            log.warning("lease_lost", intent=intent.id, error=str(error))
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            # Nothing of the intent's is in memory alone: whoever leases it next goes on from it.
            log.warning("left_to_next_lease", intent=intent.id, error=type(error).__name__)
        except Exception:
            log.exception("attempt_crashed", intent=intent.id)
        finally:
            if self._tasks.get(intent.id, (None, None))[0] is intent:
                del self._tasks[intent.id]

    async def _renew(self) -> float:
        held = {id_: intent for id_, (intent, _) in self._tasks.items()}
        still = await self._tools.store.renew(list(held)) if held else set()
        for id_ in held.keys() - still:
            entry = self._tasks.get(id_)
            if entry is not None and entry[0] is held[id_] and not entry[1].done():
                entry[1].cancel()  # somebody else's now, or just finished
        return self._lease_s / 3

    async def _settle(self) -> float:
        await finality.settle(self._tools, self._finality_s)
        return min(self._finality_s, 1.0)

    async def _watch_authorities(self) -> float:
        """Compare our keys with GlobalConfig's; a creator's own key may activate, so it is none."""
        tools = self._tools
        config = await tools.reader.config()
        wanted = {"admin": config.admin, "backend": config.backend_authority}
        for role, address in tools.signers.roles().items():
            if role not in wanted:
                continue
            wrong = address != wanted[role]
            metrics.AUTHORITY_WRONG.labels(role).set(wrong)
            if wrong:
                log.warning("authority_mismatch", role=role, ours=address, chain=wanted[role])
        return BALANCES_EVERY_S

    async def _watch_balances(self) -> float:
        tools = self._tools
        for role, address in tools.signers.roles().items():
            balance = await tools.rpc.get_balance(address)
            metrics.BALANCE.labels(role).set(balance)
            low = balance < self._low_balance
            metrics.LOW_BALANCE.labels(role).set(low)
            if low:
                log.warning("balance_low", role=role, lamports=balance)
        return BALANCES_EVERY_S

    async def _shadows(self) -> float:
        """Say what would be sent, lease nothing, sign nothing."""
        for intent in await self._tools.store.unshadowed(20):
            try:
                would = await prepare(intent, self._tools, attempt=intent.attempts)
            except NotSent as stop:
                told = {"would": "fail", "error": stop.failure.name}
            else:
                told = {"would": "nothing"} if isinstance(would, Done) else {"would": "send"}
            await self._tools.store.shadowed(intent, told)
        return CLAIM_EVERY_S
