"""Sorts and directions as the parts of SQL they stand for: a fixed table, never a client's text."""

from enum import StrEnum


class Order(StrEnum):
    """Which end of a list comes first."""

    asc = "asc"
    desc = "desc"


#: sort -> its column (a market without one sorts as oldest or least) and the column's type.
MARKET_SORTS = {
    "created_at": {"sort": "coalesce(created_at, '-infinity')", "type": "timestamptz"},
    "volume": {"sort": "volume", "type": "numeric"},
    "last_trade_at": {"sort": "coalesce(last_trade_at, '-infinity')", "type": "timestamptz"},
}


def place(order: Order) -> dict[str, str]:
    """The direction, and what "after the last row" means in it."""
    return {"direction": order.value, "beyond": ">" if order is Order.asc else "<"}
