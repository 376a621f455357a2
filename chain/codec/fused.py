"""The hot path: a record of fixed size, read by one `struct` call and source written for it.

As dataclasses do it: half the time of any loop over fields.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from chain.codec.errors import InvalidValue, ShortData

#: A value and where it ends, from data and where it begins.
Decode = Callable[[bytes, int], tuple[Any, int]]
#: Data that is one record and nothing more; None = it is not, and `Decode` says why.
Alone = Callable[[bytes], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Atom:
    """How `struct` reads a value, so that fixed neighbours are read in one call.

    `load` turns what `struct` gave into the value, called or looked up; None = it already is. A
    LookupError from it means that the bytes are no value of the type.
    """

    format: str
    load: Callable[[Any], Any] | Mapping[Any, Any] | None = None

    @property
    def loader(self) -> Callable[[Any], Any] | None:
        """`load` as something to call."""
        return self.load.__getitem__ if isinstance(self.load, Mapping) else self.load


class Fused(NamedTuple):
    """A record's readers: in the midst of data, and behind so many bytes with nothing after it."""

    decode: Decode
    alone: Callable[[int], Alone]


def fused(names: Sequence[str], atoms: Sequence[Atom]) -> Fused:
    """Readers of fields one after the other, into a dict by name."""
    fields = "".join(atom.format for atom in atoms)
    packed = struct.Struct("<" + fields)
    scope: dict[str, Any] = {"short": struct.error, "fail": _unfit, "size": packed.size}
    scope |= {f"load{i}": atom.load for i, atom in enumerate(atoms)}
    values = "".join(f"v{i}, " for i in range(len(atoms)))
    items = ", ".join(
        f"{name!r}: {_loaded(i, atom)}"
        for i, (name, atom) in enumerate(zip(names, atoms, strict=True))
    )

    def alone(behind: int) -> Alone:
        reader: Alone = _compiled(
            f"""
def read(data):
    try:
        {values} = unpack(data)
        return {{{items}}}
    except (short, LookupError):
        return None
""",
            scope | {"unpack": struct.Struct(f"<{behind}x{fields}").unpack},
        )
        return reader

    decode: Decode = _compiled(
        f"""
def read(data, at):
    try:
        {values} = unpack(data, at)
        return {{{items}}}, at + size
    except short:
        fail(data, at, size)
    except LookupError as error:
        fail(data, at, size, error)
""",
        scope | {"unpack": packed.unpack_from},
    )
    return Fused(decode, alone)


def _loaded(i: int, atom: Atom) -> str:
    if atom.load is None:
        return f"v{i}"
    return f"load{i}[v{i}]" if isinstance(atom.load, Mapping) else f"load{i}(v{i})"


def _compiled(source: str, scope: dict[str, Any]) -> Any:
    exec(source, scope)  # noqa: S102 as dataclasses do: a loop costs twice the time, and the IDL gives only names, quoted by repr
    return scope["read"]


def _unfit(data: bytes, at: int, size: int, error: LookupError | None = None) -> NoReturn:
    if error is not None:
        raise InvalidValue(f"no value of its type: {error}") from error
    raise ShortData(f"{size} bytes wanted at {at}, {len(data) - at} there")
