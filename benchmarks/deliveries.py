"""A generator in a process of its own: Helius-shaped deliveries, made beforehand, then posted.

Bodies lie in a file and are read one by one, so that making them costs the measured time nothing
and holding them costs no memory. Every connection is a thread with the standard library's client.
"""

import http.client
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks import traffic

LARGEST = 100  # transactions in one delivery
FILLERS = range(8, 47)  # accounts beside those of the trade: 3 to 6 kB each


class Delivery(NamedTuple):
    """One body: where it lies in the file and how many events it brings."""

    offset: int
    size: int
    events: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """Deliveries ready to be posted, and how many events they bring."""

    file: Path
    deliveries: list[Delivery]
    events: int


class Answer(NamedTuple):
    """One acknowledged delivery; times are of one clock, in seconds."""

    due: float
    answered: float
    events: int

    @property
    def ms(self) -> float:
        return (self.answered - self.due) * 1000


def events(answers: Iterable[Answer]) -> int:
    """How many events were acknowledged."""
    return sum(answer.events for answer in answers)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post, and the secret that Helius would echo."""

    url: str
    secret: str


def prepare(file: Path, program_id: str, first: int, least: int) -> Prepared:
    """Write deliveries of 1 to 100 trades each, at least so many in all, from number `first` on."""
    sizes, deliveries, made, offset = Random(first), [], 0, 0
    shapes = [traffic.Shape(program_id=program_id, fillers=count) for count in FILLERS]
    with file.open("wb") as out:
        while made < least:
            count = sizes.randint(1, LARGEST)
            body = traffic.mixed_body(first + made, count, shapes)
            deliveries.append(Delivery(offset, out.write(body), count))
            offset += len(body)
            made += count
        os.fsync(out.fileno())  # now, and not while PostgreSQL wants the disk
    return Prepared(file, deliveries, made)


def saturate(target: Target, prepared: Prepared, senders: int, seconds: float) -> list[Answer]:
    """Each sender posts its next delivery as soon as the last is acknowledged."""
    until = time.perf_counter() + seconds

    def due() -> Iterator[tuple[float, Delivery]]:
        for one in prepared.deliveries:
            if (now := time.perf_counter()) > until:
                return
            yield now, one

    return _post_all(target, prepared.file, due(), senders)


def steady(target: Target, prepared: Prepared, rate: float, senders: int) -> list[Answer]:
    """Deliveries at the times that a fixed rate of events a second gives them.

    An answer's time counts from when its delivery was due: a stall makes every delivery that it
    held up late, sent or not.
    """
    started = time.perf_counter()
    ends = itertools.accumulate(one.events for one in prepared.deliveries)
    due = ((started + end / rate, one) for end, one in zip(ends, prepared.deliveries, strict=True))
    return _post_all(target, prepared.file, due, senders)


def _post_all(
    target: Target, file: Path, due: Iterator[tuple[float, Delivery]], senders: int
) -> list[Answer]:
    turn = threading.Lock()

    def send() -> list[Answer]:
        answers: list[Answer] = []
        with file.open("rb") as bodies:
            post = _poster(target)
            while True:
                with turn:
                    at, one = next(due, (0.0, None))
                if one is None:
                    return answers
                bodies.seek(one.offset)
                body = bodies.read(one.size)
                time.sleep(max(0.0, at - time.perf_counter()))
                post(body)
                answers.append(Answer(at, time.perf_counter(), one.events))

    with ThreadPoolExecutor(senders) as pool:
        each = [pool.submit(send) for _ in range(senders)]
        return [answer for one in each for answer in one.result()]


def _poster(target: Target) -> Callable[[bytes], None]:
    connection = http.client.HTTPConnection(urlsplit(target.url).netloc, timeout=30)
    headers = {"Authorization": target.secret, "Content-Type": "application/json"}

    def post(body: bytes) -> None:
        connection.request("POST", "/webhooks/helius", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {told.decode()}")

    return post
