"""Does what lands come soon, in the usual volume, and readable?"""

from checks.suite import Suite, within

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
            within(
                "lands_soon",
                "late_seconds_p95",
                "Pushed events land minutes after their block: deliveries or landing are held up.",
                most=LATE_SECONDS,
            ),
            within(
                "volume_as_usual",
                "volume_ratio",
                "The last hour is far from the week's usual hour: a source is lost, or a flood.",
                least=LEAST_SHARE,
                most=MOST_SHARE,
                severity="warning",
            ),
            within(
                "every_event_is_read",
                "unreadable_events",
                "Events wait in the dead letters, unread: an unknown discriminator or layout.",
                most=0,
            ),
            within(
                "no_item_is_refused",
                "quarantined",
                "Items of deliveries were quarantined within a day: look why, and replay them.",
                most=0,
                severity="warning",
            ),
        ),
    )
