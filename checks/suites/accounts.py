"""Do the marts say what the program's accounts say?"""

from checks.suite import Suite, holds


def accounts() -> Suite:
    """Markets, positions and sampled fees on both sides: a row per pair, or per field that differs.

    Each pair speaks in the column of its own kind and leaves the others null.
    """
    both = ("address", "field", "chain", "marts", "slot")
    rules = (
        holds("market_is_its_account", "A market's row is not what its account says or holds."),
        holds("position_is_its_account", "A position's row is not what its account says."),
        holds("fee_is_its_transaction", "The fee wallet got other than the trades' fees."),
        holds("row_has_its_account", "A row stands in the marts that no account stands behind."),
    )
    return Suite(
        name="accounts",
        asset=("marts", "markets"),
        rows=None,
        key=both,
        rules=rules,
        columns=(*both, *(rule.name for rule in rules)),
    )
