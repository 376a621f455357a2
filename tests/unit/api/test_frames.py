"""Frames are what RFC 6455 says, at each length's edge."""

import pytest
from websockets.frames import Frame, Opcode

from api.socket import frames


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_a_text_frame_is_the_librarys_own(size: int):
    """Byte for byte what the websockets library would send unmasked."""
    payload = b"x" * size

    assert frames.text(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
