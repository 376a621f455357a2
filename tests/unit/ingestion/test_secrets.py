"""Who may deliver."""

import pytest

from ingestion.intake.secrets import authorised, header


@pytest.mark.parametrize("given", [b"old secret", b"new secret"])
def test_both_secrets_open_the_door_while_one_is_rotated(given):
    """Two may be live at once."""
    assert authorised([(b"authorization", given)], ["old secret", "new secret"])


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Old secret")],
        [(b"authorization", b"old secret ")],
        [(b"authorization", b"old")],
        [(b"x-helius-signature", b"old secret")],  # Helius sends no such header
        [(b"authorization", b"old secret"), (b"authorization", b"old secret")],
        [(b"authorization", "öld secret".encode())],
    ],
)
def test_anything_else_does_not(headers):
    """Missing, empty, nearly right, said twice, in the wrong place."""
    assert not authorised(headers, ["old secret", "new secret"])


def test_an_empty_secret_never_opens_the_door():
    """No secrets at all means nobody may come in."""
    assert not authorised([(b"authorization", b"")], [])


def test_a_header_sent_twice_is_no_header():
    """Which of the two a proxy meant cannot be known."""
    assert header([(b"a", b"1"), (b"a", b"2")], b"a") is None
