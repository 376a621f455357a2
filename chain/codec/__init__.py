"""Borsh by IDL: an interface file becomes closures that read and write its bytes.

Pure: bytes in, values out. What a value looks like (the JSON conventions of `raw.events.args`):
integers up to 64 bits are ints, wider ones decimal strings; public keys base58; byte strings and
`[u8; N]` lower-case hex; structs dicts by field name; tuples lists; an enum's unit variant is its
name, another `{name: fields}`; an absent option None.
"""

from chain.codec.errors import (
    CodecError,
    InvalidIdl,
    InvalidValue,
    ShortData,
    TrailingBytes,
    UnknownDiscriminator,
)
from chain.codec.idl import Idl, load_idl
from chain.codec.program import ProgramCodec

__all__ = [
    "CodecError",
    "Idl",
    "InvalidIdl",
    "InvalidValue",
    "ProgramCodec",
    "ShortData",
    "TrailingBytes",
    "UnknownDiscriminator",
    "load_idl",
]
