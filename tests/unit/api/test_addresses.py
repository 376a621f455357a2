"""Whose address counts behind proxies."""

import pytest

from api.addresses import client_address, networks

TRUSTED = networks(["10.0.0.0/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "nonsense", "unknown"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(peer: str, forwarded: str, expected: str):
    """X-Forwarded-For cannot be spoofed from outside; IPv6 counts by its /64."""
    assert client_address(peer, forwarded, TRUSTED) == expected
