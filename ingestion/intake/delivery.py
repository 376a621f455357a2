"""Take a delivery apart: what can land, what is only named and must be fetched, what is unusable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from ingestion.intake.refusals import Refusal
from ingestion.landing.rows import Landable

#: Decodes one raw item or raises Unusable.
Decode = Callable[[Any], Landable]

_SIGNATURE_CHARACTERS = frozenset("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")


class Unusable(Exception):
    """An item that cannot land as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Held:
    """An item kept whole in raw.deliveries: to be looked at, or to be fetched by its signature."""

    item: bytes  # JSON
    signature: str | None
    reason: str
    status: str  # quarantined, queued


@dataclass(slots=True)
class Delivery:
    """One body, judged item by item: a bad one costs the others nothing."""

    received: int
    landable: list[Landable] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def judge(body: bytes, decode: Decode) -> Delivery:
    """Sort the items of a webhook body.

    Raises:
        Refusal: 400 when the body is not a JSON array.
    """
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "body is not JSON") from None
    if not isinstance(items, list):
        raise Refusal(400, "body is not a JSON array")
    delivery = Delivery(len(items))
    for item in items:
        try:
            _judge_item(item, decode, delivery)
        except orjson.JSONEncodeError:
            # Deeper than orjson writes (254 levels): no transaction is. The body holds it whole.
            delivery.held.append(
                Held(body, named_signature(item), "nested too deep", "quarantined")
            )
    return delivery


def _judge_item(item: Any, decode: Decode, delivery: Delivery) -> None:
    signature = enhanced_signature(item)
    if signature is not None:
        delivery.held.append(Held(orjson.dumps(item), signature, "enhanced item", "queued"))
        return
    try:
        delivery.landable.append(decode(item))
    except Unusable as why:
        delivery.held.append(quarantined(item, str(why)))


def quarantined(item: Any, reason: str) -> Held:
    """The item as a quarantine row."""
    return Held(orjson.dumps(item), named_signature(item), reason, "quarantined")


def enhanced_signature(item: Any) -> str | None:
    """The signature of an enhanced-webhook item, which carries no logs: it must be fetched."""
    if not isinstance(item, dict) or "transaction" in item:
        return None
    return _as_signature(item.get("signature"))


def named_signature(item: Any) -> str | None:
    """The signature that an unusable item names, wherever it can be found in it."""
    if not isinstance(item, dict):
        return None
    transaction = item.get("transaction")
    signatures = transaction.get("signatures") if isinstance(transaction, dict) else None
    first = signatures[0] if isinstance(signatures, list) and signatures else item.get("signature")
    return _as_signature(first)


def _as_signature(value: Any) -> str | None:
    """64 bytes in base58 are 64 to 88 characters."""
    if (
        isinstance(value, str)
        and 64 <= len(value) <= 88
        and _SIGNATURE_CHARACTERS.issuperset(value)
    ):
        return value
    return None
