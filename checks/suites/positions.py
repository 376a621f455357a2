"""Is a position what its trades made it?"""

from checks.suite import Suite, equal
from checks.suites.markets import MISSED


def positions() -> Suite:
    """Whoever traded within the last day, in a market, beside the sums of all their trades there."""
    return Suite(
        name="positions",
        asset=("marts", "positions"),
        rows="position_rows",
        key=("market_address", "wallet"),
        rules=(
            equal("invested_is_its_trades", ("invested", "traded_invested"), MISSED),
            equal("proceeds_are_its_trades", ("proceeds", "traded_proceeds"), MISSED),
            equal("count_is_its_trades", ("trade_count", "traded_count"), MISSED),
            equal(
                "shares_yes_are_its_trades",
                ("shares_yes", "traded_yes"),
                "YES shares are held that no trade brought, or were bought and are not held.",
            ),
            equal(
                "shares_no_are_its_trades",
                ("shares_no", "traded_no"),
                "NO shares are held that no trade brought, or were bought and are not held.",
            ),
        ),
    )
