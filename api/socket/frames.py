"""WebSocket frames as servers send them (RFC 6455 §5.2): unmasked, unfragmented."""

TEXT = 0x81
CLOSE = 0x88
#: A close frame's payload is at most 125 bytes, two of them the code.
MAX_REASON_BYTES = 123


def text(payload: bytes) -> bytes:
    """One whole text frame around UTF-8 `payload`; built once, written to every subscriber."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT, size)) + payload
    if size < 65536:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT, 127)) + size.to_bytes(8, "big") + payload


def close(code: int, reason: str = "") -> bytes:
    """One close frame; a reason that does not fit is cut at a character."""
    told = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore").encode()
    return bytes((CLOSE, 2 + len(told))) + code.to_bytes(2, "big") + told
