"""Who trades most, and how it went for them."""

from api.models.base import Address, Amount, Document


class Trader(Document):
    """A wallet's trades in a window of whole UTC days of chain time, back from the latest one.

    net_cash = proceeds + claimed - invested within the window; shares still held count nothing.
    """

    rank: int
    wallet: Address
    volume: Amount
    trade_count: int
    market_count: int
    net_cash: Amount
