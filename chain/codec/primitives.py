"""The IDL's primitive types."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from solders.pubkey import Pubkey

from chain.codec.errors import InvalidValue
from chain.codec.fused import Atom
from chain.codec.layout import Layout, atomic, need
from chain.remembered import Remembered

# Wallets and markets come again and again; 64k keys are about 10 MB.
KEY_CACHE = 1 << 16

_LENGTH = struct.Struct("<I")


def base58_key(raw: bytes) -> str:
    """32 bytes as a base58 public key."""
    return str(Pubkey.from_bytes(raw))


_KEYS = Remembered(base58_key, KEY_CACHE)


@lru_cache(maxsize=KEY_CACHE)
def key_bytes(key: str) -> bytes:
    """A base58 public key's 32 bytes.

    Raises:
        ValueError: it is none.
    """
    return bytes(Pubkey.from_string(key))


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError("an integer is wanted")


def _small(code: str) -> Layout:
    return atomic(Atom(code), _integer)


def _wide(size: int, *, signed: bool) -> Layout:
    """Above 64 bits: decimal strings, since JSON readers lose such numbers."""

    def load(raw: bytes) -> str:
        return str(int.from_bytes(raw, "little", signed=signed))

    def store(value: Any) -> bytes:
        number = int(value) if isinstance(value, str) else _integer(value)
        return number.to_bytes(size, "little", signed=signed)

    return atomic(Atom(f"{size}s", load), store, align=min(size, 16))


def _bool_of(value: Any) -> int:
    if not isinstance(value, bool):
        raise TypeError("a bool is wanted")
    return int(value)


def _float_in(value: float) -> float | str:
    if math.isnan(value):
        raise LookupError("NaN")
    return value if math.isfinite(value) else str(value)  # JSON has no infinity: "inf", "-inf"


def _float_out(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("a number is wanted")
    number = float(value)
    if math.isnan(number):
        raise ValueError("NaN is refused")
    return number


def _key_out(value: Any) -> bytes:
    raw = key_bytes(value) if isinstance(value, str) else bytes(value)
    if len(raw) != 32:
        raise ValueError("a key has 32 bytes")
    return raw


def _counted(load: Callable[[bytes], Any], store: Callable[[Any], bytes]) -> Layout:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        start = need(data, at, 4)
        end = need(data, start, _LENGTH.unpack_from(data, at)[0])
        return load(data[start:end]), end

    def encode(value: Any, out: bytearray) -> None:
        raw = store(value)
        out += _LENGTH.pack(len(raw)) + raw

    return Layout(decode, encode, 4, None)


def _text_in(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidValue("text is not UTF-8") from error


def _text_out(value: Any) -> bytes:
    if not isinstance(value, str):
        raise InvalidValue(f"text is wanted, got {value!r}")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"{value!r} is not text") from error


def hex_bytes(value: Any) -> bytes:
    """Bytes from hex, as they stand in args; bytes are taken too.

    Raises:
        InvalidValue: it is neither.
    """
    try:
        return bytes.fromhex(value) if isinstance(value, str) else bytes(memoryview(value))
    except (ValueError, TypeError) as error:
        raise InvalidValue(f"hex is wanted, got {value!r}") from error


def byte_array(length: int) -> Layout:
    """`[u8; length]` as hex."""

    def store(value: Any) -> bytes:
        raw = hex_bytes(value)
        if len(raw) != length:
            raise ValueError(f"{length} bytes are wanted, got {len(raw)}")
        return raw

    return atomic(Atom(f"{length}s", bytes.hex), store, align=1)


PRIMITIVES: Mapping[str, Layout] = {
    "bool": atomic(Atom("B", {0: False, 1: True}), _bool_of),
    "u8": _small("B"),
    "i8": _small("b"),
    "u16": _small("H"),
    "i16": _small("h"),
    "u32": _small("I"),
    "i32": _small("i"),
    "u64": _small("Q"),
    "i64": _small("q"),
    "u128": _wide(16, signed=False),
    "i128": _wide(16, signed=True),
    "u256": _wide(32, signed=False),
    "i256": _wide(32, signed=True),
    "f32": atomic(Atom("f", _float_in), _float_out),
    "f64": atomic(Atom("d", _float_in), _float_out),
    "pubkey": atomic(Atom("32s", _KEYS), _key_out, align=1),
    "publicKey": atomic(Atom("32s", _KEYS), _key_out, align=1),
    "string": _counted(_text_in, _text_out),
    "bytes": _counted(bytes.hex, hex_bytes),
}
