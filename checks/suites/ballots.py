"""Are the stored ballots what intake promises, and is each of them counted?"""

from checks.suite import Rule, Suite

EARLY_SECONDS, LATE_SECONDS = -30, 300  # issued after and before its receipt, at most
LIFETIME_SECONDS = 600


def _holds(name: str, why: str) -> Rule:
    """A column of the same name that is true in every row."""
    given = {"column": name, "value_set": [True]}
    return Rule(name, "ExpectColumnValuesToBeInSet", given, why=why)


def ballots() -> Suite:
    """The newest ballots: their time window, their binding, and their place in the count."""
    return Suite(
        name="ballots",
        asset=("raw", "votes"),
        rows="recent_ballots",
        key=("seq", "market_id", "wallet"),
        rules=(
            _holds("nonce_is_issue_time", "A nonce is the time of issue in milliseconds."),
            _holds("names_its_market", "The signed text binds its market; a ballot was moved."),
            _holds("names_its_wallet", "The signed text binds its wallet; a ballot was moved."),
            _holds("is_counted", "A stored ballot never reached the count: the fold lost a vote."),
            Rule(
                "came_in_its_time",
                "ExpectColumnValuesToBeBetween",
                {"column": "age_seconds", "min_value": EARLY_SECONDS, "max_value": LATE_SECONDS},
                why="Intake took a ballot outside its window, or a clock moved.",
            ),
            Rule(
                "lives_ten_minutes",
                "ExpectColumnValuesToBeBetween",
                {"column": "lifetime_seconds", "min_value": 0, "max_value": LIFETIME_SECONDS},
                why="A ballot that stays valid for longer can be replayed for longer.",
            ),
        ),
    )
