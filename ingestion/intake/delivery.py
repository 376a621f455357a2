"""Take a delivery apart: what can land, what is only named and must be fetched, what is unusable."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson

from chain.transactions import BodyRefused, Enhanced, ItemRefused, split_items
from ingestion.intake.refusals import Refusal
from ingestion.landing.rows import Landable

#: Decodes one item as it came; raises ItemRefused.
Decode = Callable[[bytes], Landable | Enhanced]


@dataclass(frozen=True, slots=True)
class Held:
    """An item kept whole in raw.deliveries: to be looked at, or to be fetched by its signature."""

    item: bytes  # JSON as received
    signature: str | None
    reason: str
    status: str  # quarantined, queued


@dataclass(slots=True)
class Judged:
    """Items sorted one by one: a bad one costs the others nothing."""

    landable: list[Landable] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def items_of(body: bytes, *, most: int) -> list[bytes]:
    """The items of a webhook body, each as it came.

    Raises:
        Refusal: 400 when the body is not a JSON array, 413 when it holds more than `most`.
    """
    try:
        items = split_items(body)
    except BodyRefused as why:
        raise Refusal(400, str(why)) from why
    if len(items) > most:
        raise Refusal(413, f"{len(items)} items, at most {most} are taken at once")
    return items


def judge(items: Sequence[bytes], decode: Decode) -> Judged:
    """Sort items into those that can land and those that are held."""
    judged = Judged()
    for item in items:
        try:
            decoded = decode(item)
        except ItemRefused as why:
            judged.held.append(quarantined(item, str(why)))
            continue
        if isinstance(decoded, Enhanced):
            held = Held(item, decoded.signature, "enhanced item: carries no logs", "queued")
            judged.held.append(held)
        else:
            judged.landable.append(decoded)
    return judged


def quarantined(item: bytes, reason: str) -> Held:
    """The item as a quarantine row, under the signature it names if it names one."""
    return Held(item, named_signature(item), reason, "quarantined")


def named_signature(item: bytes) -> str | None:
    """The signature in an item that is otherwise unusable, so that it can be found and fetched."""
    try:
        value = orjson.loads(item)
        signature = value["transaction"]["signatures"][0]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None
    return signature if isinstance(signature, str) and signature.isalnum() else None


def named_place(item: bytes) -> tuple[int, int] | None:
    """Slot and place in its block of an item that came without its `transaction`."""
    try:
        value = orjson.loads(item)
        place = value["slot"], value["indexWithinBlock"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None
    whole = all(isinstance(part, int) and 0 <= part < 2**63 for part in place)
    return place if whole else None
