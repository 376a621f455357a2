"""Sorts and directions as the parts of SQL they stand for: a fixed table, never a client's text."""

from enum import StrEnum


class Order(StrEnum):
    """Which end of a list comes first."""

    asc = "asc"
    desc = "desc"


_OLDEST_FIRST = "coalesce({}, '-infinity')"

#: sort -> its column (a market without one sorts as oldest), the column's type, and where the order
#: is read: what every trade moves is sorted in a snapshot that the fold renews each second.
MARKET_SORTS = {
    "created_at": {
        "sort": _OLDEST_FIRST.format("created_at"),
        "type": "timestamptz",
        "relation": "marts.markets",
    },
    "volume": {"sort": "volume", "type": "numeric", "relation": "marts.market_rank"},
    "last_trade_at": {
        "sort": _OLDEST_FIRST.format("last_trade_at"),
        "type": "timestamptz",
        "relation": "marts.market_rank",
    },
}
#: Seconds after which a page in the snapshot's order is made anew, changed or not.
SNAPSHOT_S = 1.0
#: fill -> where candles come from, and what says that a bucket had no trade.
CANDLES = {
    False: {"relation": "marts.candles", "filled": "false"},
    True: {"relation": "marts.filled_candles", "filled": "c.is_filled"},
}


def place(order: Order) -> dict[str, str]:
    """The direction, and what "after the last row" means in it."""
    return {"direction": order.value, "beyond": ">" if order is Order.asc else "<"}
