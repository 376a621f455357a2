"""Small interfaces for tests."""

from typing import Any

from chain.codec import ProgramCodec
from chain.codec.idl import parse_idl

TAG = [1, 2, 3, 4, 5, 6, 7, 8]


def event_idl(field: Any, types: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """An interface with one event `Seen` that has one field `it`."""
    return {
        "address": "11111111111111111111111111111111",
        "metadata": {"name": "t", "version": "0.1.0", "spec": "0.1.0"},
        "instructions": [],
        "events": [{"name": "Seen", "discriminator": TAG}],
        "types": [
            {"name": "Seen", "type": {"kind": "struct", "fields": [{"name": "it", "type": field}]}},
            *(types or []),
        ],
    }


def codec_of(field: Any, types: list[dict[str, Any]] | None = None) -> ProgramCodec:
    return ProgramCodec(parse_idl(event_idl(field, types)))


def struct_type(name: str, *fields: tuple[str, Any], **more: Any) -> dict[str, Any]:
    """A struct definition, as the IDL writes it."""
    listed = [{"name": field, "type": kind} for field, kind in fields]
    return {"name": name, "type": {"kind": "struct", "fields": listed}, **more}


def read(codec: ProgramCodec, payload: bytes) -> Any:
    """The field's value in an event of these bytes."""
    return codec.decode_event(bytes(TAG) + payload).fields["it"]


def written(codec: ProgramCodec, value: Any) -> bytes:
    """The field's bytes."""
    return codec.encode_event("Seen", {"it": value})[len(TAG) :]
