"""Prometheus metrics that every process has, and how they are rendered.

Names: `oddsline_<room>_<what>_<unit>`; labels never carry wallets, markets or signatures.
"""

import platform

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Gauge,
    generate_latest,
)

#: Seconds; from a cache answer to the slowest thing a client waits for.
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

BUILD = Gauge("oddsline_build_info", "1, labelled with what runs", ["service", "release", "python"])
READY = Gauge("oddsline_ready", "1 while /readyz answers 200")


def identify(service: str, release: str) -> None:
    """Say in the metrics what this process is."""
    BUILD.labels(service, release, platform.python_version()).set(1)


def render(registry: CollectorRegistry = REGISTRY) -> tuple[bytes, str]:
    """The metrics as text, and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST
