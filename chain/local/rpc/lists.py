"""Methods that list an address's transactions: Solana's own and Helius' better one."""

from typing import Any

from chain.local.blocks import Commitment
from chain.local.landed import Landed
from chain.local.rpc.errors import invalid
from chain.local.rpc.params import Params, limit_of, signature
from chain.local.rpc.transactions import shaped
from chain.local.store import Place

Json = Any
MOST_LISTED, MOST_FULL = 1000, 1000
BEFORE_ALL: Place = (-1, -1)
#: Rows looked at per turn while filters leave rows out.
SCAN = 1000


def _listed(p: Params, landed: Landed) -> dict[str, Json]:
    return {
        "signature": landed.signature,
        "slot": landed.slot,
        "transactionIndex": landed.index,
        "err": landed.err,
        "memo": None,
        "blockTime": landed.time,
        "confirmationStatus": p.chain.standing(landed.slot),
    }


def _after_tip(p: Params, commitment: Commitment) -> Place:
    return (p.chain.blocks.seen(commitment) + 1, -1)


def get_signatures_for_address(p: Params) -> Json:
    """Newest first, from `before` down to `until`, both excluded."""
    name, options = str(p.address(0)), p.options(1)
    commitment = p.commitment(options)
    if commitment == "processed":
        raise invalid("Method does not support commitment below `confirmed`")
    limit = limit_of(options, MOST_LISTED)
    below = _after_tip(p, commitment)
    if options.get("before"):
        before = p.chain.history.find(signature(options["before"]))
        below = min(below, (before.slot, before.index)) if before else BEFORE_ALL
    above = BEFORE_ALL
    if options.get("until"):
        until = p.chain.history.find(signature(options["until"]))
        above = (until.slot, until.index) if until else BEFORE_ALL
    found = p.chain.history.mentioning(name, above=above, below=below, limit=limit, ascending=False)
    return [_listed(p, landed) for landed in found]


def get_transactions_for_address(p: Params) -> Json:
    """Helius' list: either direction, filters, details, `paginationToken` = `slot:index`."""
    name, options = str(p.address(0)), p.options(1)
    commitment = p.commitment(options)
    details = options.get("transactionDetails") or "signatures"
    if details not in ("signatures", "full"):
        raise invalid(f"transactionDetails {details}")
    ascending = (options.get("sortOrder") or "desc") == "asc"
    limit = limit_of(options, MOST_FULL if details == "full" else MOST_LISTED)
    above, below = BEFORE_ALL, _after_tip(p, commitment)
    if options.get("paginationToken"):
        place = _place(options["paginationToken"])
        above, below = (place, below) if ascending else (above, min(below, place))
    found, token = _filtered(p, name, options, above, below, limit=limit, ascending=ascending)
    return {
        "data": [_row(p, landed, details, options) for landed in found],
        "paginationToken": token,
    }


def _place(token: Json) -> Place:
    try:
        slot, _, index = token.partition(":")
        return int(slot), int(index)
    except (AttributeError, ValueError):
        raise invalid("paginationToken") from None


def _row(p: Params, landed: Landed, details: str, options: dict[str, Json]) -> dict[str, Json]:
    if details == "signatures":
        return _listed(p, landed)
    place = {
        "slot": landed.slot,
        "transactionIndex": landed.index,
        "blockTime": landed.time,
    }
    return place | shaped(landed, options)


def _filtered(
    p: Params,
    name: str,
    options: dict[str, Json],
    above: Place,
    below: Place,
    *,
    limit: int,
    ascending: bool,
) -> tuple[list[Landed], str | None]:
    """One page of what passes the filters, and the token of the next page if there is more."""
    filters = options.get("filters") or {}
    above, below = _bounds(filters.get("slot") or {}, above, below)
    found: list[Landed] = []
    while True:
        page = p.chain.history.mentioning(
            name, above=above, below=below, limit=SCAN, ascending=ascending
        )
        found += [landed for landed in page if _passes(landed, filters)]
        if len(found) > limit:
            last = found[limit - 1]
            return found[:limit], f"{last.slot}:{last.index}"
        if len(page) < SCAN:
            return found, None
        edge = (page[-1].slot, page[-1].index)
        above, below = (edge, below) if ascending else (above, edge)


def _bounds(slots: dict[str, int], above: Place, below: Place) -> tuple[Place, Place]:
    """Narrow a range of places by a filter on slots: gte, gt, lte, lt."""
    lows = [(slots["gte"], -1)] if "gte" in slots else []
    lows += [(slots["gt"] + 1, -1)] if "gt" in slots else []
    highs = [(slots["lte"] + 1, -1)] if "lte" in slots else []
    highs += [(slots["lt"], -1)] if "lt" in slots else []
    return max([above, *lows]), min([below, *highs])


def _passes(landed: Landed, filters: dict[str, Json]) -> bool:
    status = filters.get("status") or "any"
    if status != "any" and (landed.err is None) != (status == "succeeded"):
        return False
    times = filters.get("blockTime") or {}
    checks = {
        "gte": landed.time >= times.get("gte", landed.time),
        "gt": "gt" not in times or landed.time > times["gt"],
        "lte": landed.time <= times.get("lte", landed.time),
        "lt": "lt" not in times or landed.time < times["lt"],
        "eq": landed.time == times.get("eq", landed.time),
    }
    return all(checks.values())


METHODS = {
    "getSignaturesForAddress": get_signatures_for_address,
    "getTransactionsForAddress": get_transactions_for_address,
}
