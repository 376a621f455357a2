"""The second deliverer: a sensor, for when the watch is what died."""

import dagster as dg

from orchestration import settings
from orchestration.delivery.deliver import deliver


@dg.sensor(minimum_interval_seconds=15, default_status=dg.DefaultSensorStatus.RUNNING)
def tell_operators() -> dg.SkipReason:
    """Delivers alerts that wait, as the watch does every second."""
    done = deliver(settings.load())
    failed = f"; not taken by {', '.join(done.failed)}" if done.failed else ""
    return dg.SkipReason(f"{done.messages} messages delivered{failed}")


def definitions() -> dg.Definitions:
    return dg.Definitions(sensors=[tell_operators])
