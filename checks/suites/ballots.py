"""Are the stored ballots what intake promises, and is each of them counted?"""

from checks.suite import Suite, holds, within

#: As intake has them (`votes.ballot`), which this room may not import.
EARLY_SECONDS, LATE_SECONDS = -30, 300  # issued after and before its receipt, at most
LIFETIME_SECONDS = 600


def ballots() -> Suite:
    """The newest ballots: their time window, their binding, and their place in the count."""
    return Suite(
        name="ballots",
        asset=("raw", "votes"),
        rows="recent_ballots",
        key=("seq", "market_id", "wallet"),
        rules=(
            holds("nonce_is_issue_time", "A nonce is the time of issue in milliseconds."),
            holds("names_its_market", "The signed text binds its market; a ballot was moved."),
            holds("names_its_wallet", "The signed text binds its wallet; a ballot was moved."),
            holds("is_counted", "A stored ballot never reached the count: the fold lost a vote."),
            within(
                "came_in_its_time",
                "age_seconds",
                "Intake took a ballot outside its window, or a clock moved.",
                least=EARLY_SECONDS,
                most=LATE_SECONDS,
            ),
            within(
                "lives_ten_minutes",
                "lifetime_seconds",
                "A ballot that stays valid for longer can be replayed for longer.",
                least=0,
                most=LIFETIME_SECONDS,
            ),
        ),
    )
