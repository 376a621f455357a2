"""Landable transactions made by hand, for tests of how rows land and not of what they say."""

import zlib

from ingestion.landing.rows import Landable

PROGRAM = "9vrTC4bbq8gP6oc8FJdVmYEzqYJuqPU8Pz9KNLN1xGg9"


def landable(
    n: int, *, slot: int | None = None, events: int = 1, source: str = "webhook"
) -> Landable:
    """The n-th transaction: in slot n unless told otherwise, with equal events but their place."""
    slot = n if slot is None else slot
    signature = f"{n:064d}".replace("0", "1")
    payload = zlib.compress(b'{"n": %d}' % n, 1)
    return Landable(
        slot,
        signature,
        (slot, signature, 0, 1_700_000_000, None, "0", 5000, False, source, "confirmed", payload),
        [event(i) for i in range(events)],
        [(PROGRAM, 0, 0, "buy_shares", '{"outcome":true}', "{}", None, "Market1")],
        [],
    )


def event(i: int) -> tuple[object, ...]:
    """The i-th event of one instruction."""
    args = '{"shares":18446744073709551615}'
    return (
        PROGRAM, 0, 0, "log", i, i, "SharesBought", args, None, "{}", "Actor1",
        "ab" * 32, "Market1", "Wallet1", "log", False,
    )  # fmt: skip
