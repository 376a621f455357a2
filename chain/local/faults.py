"""Misbehaviour on order: everything that a real provider has been caught doing.

All faults are probabilities between 0 and 1 that default to 0, so one code path serves the
honest chain and the lying one. Randomness is seeded: the same plan, seed and traffic misbehave
the same way. Every fault that strikes is counted by its name.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Annotated, Any

import prometheus_client
from pydantic import BaseModel, ConfigDict, Field
from solders.transaction import VersionedTransaction

from chain.local.chain import Chain
from chain.local.landed import Landed
from chain.local.vm import Refused
from chain.local.webhooks import Delivery

Json = Any
Chance = Annotated[float, Field(ge=0, le=1)]

STRUCK = prometheus_client.Counter("oddsline_chain_faults_total", "Faults that struck", ["kind"])


class Plan(BaseModel):
    """What may go wrong, how likely each time it could."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0

    #: Deliveries: never sent; tried to the third strike and lost; sent twice; sent later; items in
    #: another order; cut into several; an item without its `transaction`.
    drop: Chance = 0
    lose: Chance = 0
    duplicate: Chance = 0
    delay: Chance = 0
    delay_s: float = Field(3.0, ge=0)
    shuffle: Chance = 0
    split: Chance = 0
    hollow: Chance = 0

    #: Transactions: their logs cut by the VM itself after so many bytes.
    truncate_logs: Chance = 0
    truncate_bytes: int = Field(300, ge=0)

    #: Slots: a fork of up to so many slots, on which each fallen transaction lands again with
    #: that chance; episodes (of `episode_slots`) in which every request gets 429, or the node lags.
    fork: Chance = 0
    fork_depth: int = Field(8, ge=1)
    fork_replace: Chance = 0.5
    storm: Chance = 0
    lag: Chance = 0
    lag_slots: int = Field(10, ge=1)
    episode_slots: int = Field(5, ge=1)

    #: Answers: getBlockHeight and getEpochInfo tell the slot for the height; lists lack transactionIndex; a failed transaction is
    #: said to have succeeded; a send is answered but goes nowhere; a send lands but times out.
    height_is_slot: Chance = 0
    no_index: Chance = 0
    hide_error: Chance = 0
    drop_send: Chance = 0
    land_and_time_out: Chance = 0


class TimedOut(Exception):
    """The caller gets 504 although the call took effect."""


class Faults:
    """Decides what goes wrong now; honest until `order` says otherwise."""

    def __init__(self) -> None:
        """Nothing goes wrong."""
        self.plan = Plan()
        self.struck: Counter[str] = Counter()
        self._random = _seeded(0)
        self._storm_until = self._lag_until = 0
        #: Every request gets 429 now.
        self.storming = False

    def order(self, plan: Plan) -> None:
        """Follow a new plan from now on, from its seed."""
        self.plan = plan
        self._random = _seeded(plan.seed)
        self._storm_until = self._lag_until = 0

    def _strikes(self, kind: str) -> bool:
        chance = getattr(self.plan, kind)
        if not chance or self._random.random() >= chance:
            return False
        self.struck[kind] += 1
        STRUCK.labels(kind).inc()
        return True

    # Deliveries

    def deliveries(self, planned: list[Delivery]) -> list[tuple[float, Delivery]]:
        """What really goes out, each with its delay in seconds."""
        happening: list[tuple[float, Delivery]] = []
        for delivery in planned:
            for part in self._split(self._shuffled(delivery)):
                happening += self._sent(self._hollowed(part))
        return happening

    def _shuffled(self, delivery: Delivery) -> Delivery:
        if len(delivery.items) < 2 or not self._strikes("shuffle"):
            return delivery
        items = self._random.sample(delivery.items, len(delivery.items))
        return replace(delivery, items=tuple(items))

    def _split(self, delivery: Delivery) -> list[Delivery]:
        if len(delivery.items) < 2 or not self._strikes("split"):
            return [delivery]
        cut = self._random.randrange(1, len(delivery.items))
        parts = (delivery.items[:cut], delivery.items[cut:])
        return [replace(delivery, items=part) for part in parts]

    def _hollowed(self, delivery: Delivery) -> Delivery:
        items = [
            {key: value for key, value in item.items() if key != "transaction"}
            if self._strikes("hollow")
            else item
            for item in delivery.items
        ]
        return replace(delivery, items=tuple(items))

    def _sent(self, delivery: Delivery) -> list[tuple[float, Delivery]]:
        if self._strikes("drop"):
            return []
        lost = replace(delivery, unreachable=True) if self._strikes("lose") else delivery
        copies = 2 if self._strikes("duplicate") else 1
        return [(self._delay(), lost) for _ in range(copies)]

    def _delay(self) -> float:
        return self._random.uniform(0, self.plan.delay_s) if self._strikes("delay") else 0.0

    # Slots

    def each_slot(self, chain: Chain) -> None:
        """A slot is about to close: fork, begin or end a storm, fall behind or catch up."""
        slot = chain.blocks.open.slot
        if self._strikes("fork"):
            self.fork(chain, self._random.randint(1, self.plan.fork_depth), self.plan.fork_replace)
        if self._strikes("storm"):
            self._storm_until = slot + self.plan.episode_slots
        if self._strikes("lag"):
            self._lag_until = slot + self.plan.episode_slots
        self.storming = slot < self._storm_until
        chain.blocks.lag = self.plan.lag_slots if slot < self._lag_until else 0

    def fork(self, chain: Chain, depth: int, again: float) -> tuple[list[str], list[str]]:
        """Drop the newest slots; land their transactions again with that chance.

        Returns the signatures that fell off for good and those that landed again.
        """
        fallen: list[str] = []
        landed_again: list[str] = []
        for landed in chain.fork(depth):
            kept = self._random.random() < again and _lands(chain, landed)
            (landed_again if kept else fallen).append(landed.signature)
        self.struck["retracted"] += len(fallen)
        self.struck["replaced"] += len(landed_again)
        return fallen, landed_again

    # Answers

    def answer(self, chain: Chain, method: str, run: Callable[[], Json]) -> Json:
        """Run a call and tell its result, or something else.

        Raises:
            TimedOut: it took effect, but the caller shall not know.
        """
        if method == "sendTransaction":
            return self._send(chain, run)
        result = run()
        if method == "getBlockHeight" and self._strikes("height_is_slot"):
            return chain.blocks.open.slot
        if method == "getEpochInfo" and self._strikes("height_is_slot"):
            return {**result, "blockHeight": result["absoluteSlot"]}
        if method in ("getSignaturesForAddress", "getTransactionsForAddress"):
            return _without_index(result) if self._strikes("no_index") else result
        if method == "getSignatureStatuses" and self._strikes("hide_error"):
            return {**result, "value": [_pleasant(status) for status in result["value"]]}
        return result

    def _send(self, chain: Chain, run: Callable[[], Json]) -> Json:
        chain.deaf = self._strikes("drop_send")
        if self._strikes("truncate_logs"):
            chain.vm.limit_logs(self.plan.truncate_bytes)
        try:
            result = run()
        finally:
            chain.deaf = False
            chain.vm.limit_logs()
        if self._strikes("land_and_time_out"):
            raise TimedOut
        return result


def _seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable is the point


def _lands(chain: Chain, landed: Landed) -> bool:
    try:
        chain.land(VersionedTransaction.from_bytes(landed.wire), landed.wire)
    except Refused:
        return False
    return True


def _without_index(listed: Json) -> Json:
    rows = listed["data"] if isinstance(listed, dict) else listed
    bare = [{k: v for k, v in row.items() if k != "transactionIndex"} for row in rows]
    return {**listed, "data": bare} if isinstance(listed, dict) else bare


def _pleasant(status: Json) -> Json:
    return status and {**status, "err": None, "status": {"Ok": None}}
