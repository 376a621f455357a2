"""An interface compiled: its events, instructions, accounts and errors, by discriminator or name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chain.codec.compiler import Compiler
from chain.codec.errors import (
    InvalidValue,
    ShortData,
    TrailingBytes,
    UnknownDiscriminator,
)
from chain.codec.fused import Decode
from chain.codec.idl import ErrorDef, Idl, InstructionDef
from chain.codec.layout import Layout, record


class Decoded(NamedTuple):
    """A name of the interface and its fields."""

    name: str
    fields: dict[str, Any]


class _Entry(NamedTuple):
    """What one discriminator may begin: usually one layout; several are told apart by length."""

    name: str
    discriminator: bytes
    layouts: tuple[Layout, ...]


class _Table:
    """Discriminators of any lengths; the longest that fits wins."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        merged: dict[bytes, _Entry] = {}
        for entry in entries:
            known = merged.get(entry.discriminator)
            layouts = (*known.layouts, *entry.layouts) if known else entry.layouts
            merged[entry.discriminator] = entry._replace(layouts=layouts)
        self.by_name = {entry.name: entry for entry in merged.values()}
        self._readers = {key: (one.name, len(key), _reader(one)) for key, one in merged.items()}
        self._alone = {
            key: (one.name, one.layouts[0].alone(len(key)))
            for key, one in merged.items()
            if len(one.layouts) == 1 and one.layouts[0].alone is not None
        }
        self._lengths = sorted({len(key) for key in merged}, reverse=True)
        self._longest = max(self._lengths, default=0)

    def read(self, data: bytes, *, trailing: bool = False) -> tuple[str, dict[str, Any]]:
        begin = data[: self._longest]
        simple = self._alone.get(begin)
        if simple is not None:
            name, read_alone = simple
            fields = read_alone(data)
            if fields is not None:
                return name, fields
        name, at, read = self._readers.get(begin) or self._shorter(data)
        try:
            fields, end = read(data, at)
        except RecursionError as error:
            raise InvalidValue(f"{name} is nested too deep") from error
        if end != len(data) and not trailing:
            raise TrailingBytes(f"{name}: {len(data) - end} bytes after its end")
        return name, fields

    def _shorter(self, data: bytes) -> tuple[str, int, Decode]:
        for length in self._lengths[1:]:
            found = self._readers.get(data[:length])
            if found is not None:
                return found
        if len(data) < min(self._lengths, default=0):
            raise ShortData(f"{len(data)} bytes hold no discriminator")
        raise UnknownDiscriminator(data[:8].hex())


def _reader(entry: _Entry) -> Decode:
    layouts = entry.layouts
    if len(layouts) == 1:
        return layouts[0].decode

    def read(data: bytes, at: int) -> tuple[Any, int]:
        return _by_length(layouts, len(data) - at).decode(data, at)

    return read


def _by_length(layouts: Sequence[Layout], length: int) -> Layout:
    for layout in layouts:
        if layout.least <= length and (layout.most is None or length <= layout.most):
            return layout
    return layouts[0]  # whose own complaint says what is wrong


class ProgramCodec:
    """Reads and writes one program's bytes.

    `superseded` are earlier interfaces: an event of theirs that shares its discriminator with
    today's is told apart by its length (both layouts of WinningsClaimed).
    """

    def __init__(self, idl: Idl, superseded: Sequence[Idl] = ()) -> None:
        self.idl = idl
        compiler = Compiler(idl.types)
        self.instructions: Mapping[str, InstructionDef] = {ix.name: ix for ix in idl.instructions}
        self.errors: Mapping[int, ErrorDef] = {error.code: error for error in idl.errors}
        self._instructions = _Table(
            _Entry(
                ix.name,
                ix.discriminator,
                (
                    record(
                        [arg.name for arg in ix.args], [compiler.layout(a.type) for a in ix.args]
                    ),
                ),
            )
            for ix in idl.instructions
        )
        self._accounts = _Table(
            _Entry(account.name, account.discriminator, (compiler.defined(account.name),))
            for account in idl.accounts
        )
        self._events = _Table(
            _Entry(event.name, event.discriminator, (version_compiler.defined(event.name),))
            for version, version_compiler in (
                (version, Compiler(version.types)) for version in (idl, *superseded)
            )
            for event in version.events
        )
        #: What decode_event does, as a plain tuple: for those who read a hundred thousand a second.
        self.read_event = self._events.read

    def decode_event(self, data: bytes) -> Decoded:
        """An event's name and fields.

        Raises:
            CodecError: of the class that names what is wrong.
        """
        return Decoded(*self._events.read(data))

    def decode_instruction(self, data: bytes) -> Decoded:
        """An instruction's name and arguments.

        Raises:
            CodecError: of the class that names what is wrong.
        """
        return Decoded(*self._instructions.read(data))

    def decode_account(self, data: bytes) -> Decoded:
        """An account's name and fields; accounts are allotted with room, so bytes may trail.

        Raises:
            CodecError: of the class that names what is wrong.
        """
        return Decoded(*self._accounts.read(data, trailing=True))

    def encode_event(self, name: str, fields: Mapping[str, Any]) -> bytes:
        """An event's bytes by today's layout."""
        return _encode(self._events, name, fields)

    def encode_instruction(self, name: str, args: Mapping[str, Any]) -> bytes:
        """An instruction's data.

        Raises:
            InvalidValue: a value does not fit its type.
            UnknownDiscriminator: there is no such instruction.
        """
        return _encode(self._instructions, name, args)

    def encode_account(self, name: str, fields: Mapping[str, Any]) -> bytes:
        """An account's bytes, without the room behind."""
        return _encode(self._accounts, name, fields)


def _encode(table: _Table, name: str, fields: Mapping[str, Any]) -> bytes:
    if name not in table.by_name:
        raise UnknownDiscriminator(name)
    entry = table.by_name[name]
    out = bytearray(entry.discriminator)
    entry.layouts[0].encode(dict(fields), out)
    return bytes(out)
