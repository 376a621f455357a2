"""Who trades most, and how it went for them."""

from api.models.base import Address, Amount, Document


class Trader(Document):
    """A wallet's trades in a window.

    realized_pnl = proceeds + claimed - invested of its positions, over all time; null within a
    window, where costs and gains do not belong to the same days.
    """

    rank: int
    wallet: Address
    volume: Amount
    trade_count: int
    market_count: int
    realized_pnl: Amount | None
