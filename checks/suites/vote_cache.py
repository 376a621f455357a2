"""Does Redis hold the counts that the ballots in Postgres come to?"""

from checks.suite import Suite, equal, within


def vote_cache() -> Suite:
    """Every question that has ballots or is cached, one row: both counts, and voters held wrongly."""
    both = ("market_id", "kind", "cached", "counted")
    return Suite(
        name="vote_cache",
        asset=("raw", "votes"),
        rows=None,
        key=both,
        rules=(
            equal(
                "cached_count_is_its_ballots",
                ("cached", "counted"),
                "Redis was lost or away, or somebody else writes there; it was rebuilt.",
                "warning",
            ),
            within(
                "cached_voters_are_its_voters",
                "wrong_voters",
                "Ballots in force are cached otherwise or not at all; the copy was rebuilt.",
                most=0,
                severity="warning",
            ),
        ),
        columns=(*both, "wrong_voters"),
    )
