"""Does what lands come soon, in the usual volume, and readable?"""

from checks.suite import Rule, Suite

LATE_SECONDS = 120
LEAST_SHARE, MOST_SHARE = 0.1, 10  # of the week's median hour


def landing() -> Suite:
    """The flow of the last minutes: lag, volume against the last days, and what cannot be read."""
    return Suite(
        name="landing",
        asset=("raw", "events"),
        rows="landing_flow",
        key=("stream",),
        rules=(
            Rule(
                "lands_soon",
                "ExpectColumnValuesToBeBetween",
                {"column": "late_seconds_p95", "max_value": LATE_SECONDS},
                why="Pushed events land minutes after their block: deliveries or landing are held up.",
            ),
            Rule(
                "volume_as_usual",
                "ExpectColumnValuesToBeBetween",
                {"column": "volume_ratio", "min_value": LEAST_SHARE, "max_value": MOST_SHARE},
                why="The last hour is far from the week's usual hour: a source is lost, or a flood.",
                severity="warning",
            ),
            Rule(
                "every_event_is_read",
                "ExpectColumnValuesToBeBetween",
                {"column": "unreadable_events", "max_value": 0},
                why="Events wait in the dead letters, unread: an unknown discriminator or layout.",
            ),
            Rule(
                "no_item_is_refused",
                "ExpectColumnValuesToBeBetween",
                {"column": "quarantined", "max_value": 0},
                why="Items of deliveries were quarantined within a day: look why, and replay them.",
                severity="warning",
            ),
        ),
    )
