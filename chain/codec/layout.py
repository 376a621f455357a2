"""A layout: how one type is read from and written to bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from chain.codec.errors import InvalidValue, ShortData

Decode = Callable[[bytes, int], tuple[Any, int]]
Encode = Callable[[Any, bytearray], None]


@dataclass(frozen=True, slots=True)
class Atom:
    """How `struct` reads a value, so that fixed neighbours are read in one call.

    `load` turns what `struct` gave into the value; None = it already is. A LookupError from it
    means that the bytes are no value of the type.
    """

    format: str
    load: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A compiled type.

    `decode(data, at)` gives the value and where it ends; `encode(value, out)` appends. Between
    `least` and `most` bytes (None = no bound but the data). `align` counts in C layouts only.
    """

    decode: Decode
    encode: Encode
    least: int
    most: int | None
    align: int = 1
    atom: Atom | None = None


def need(data: bytes, at: int, size: int) -> int:
    """The end of `size` bytes from `at`.

    Raises:
        ShortData: the data ends before.
    """
    end = at + size
    if end > len(data):
        raise ShortData(f"{size} bytes wanted at {at}, {len(data) - at} there")
    return end


def atomic(atom: Atom, store: Callable[[Any], Any], align: int | None = None) -> Layout:
    """A fixed-size layout by `struct`; `store` turns a value into what `struct` packs."""
    packed = struct.Struct("<" + atom.format)
    size, load = packed.size, atom.load

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        end = need(data, at, size)
        (raw,) = packed.unpack_from(data, at)
        if load is None:
            return raw, end
        try:
            return load(raw), end
        except LookupError as error:
            raise InvalidValue(f"no value of its type: {raw!r}") from error

    def encode(value: Any, out: bytearray) -> None:
        try:
            out += packed.pack(store(value))
        except (struct.error, TypeError, ValueError, OverflowError) as error:
            raise InvalidValue(f"{value!r}: {error}") from error

    return Layout(decode, encode, size, size, size if align is None else align, atom)


def record(names: Sequence[str], layouts: Sequence[Layout], *, named: bool = True) -> Layout:
    """Fields one after the other: a dict by name, or a list where they have none."""
    atoms = [layout.atom for layout in layouts]
    fixed = [atom for atom in atoms if atom is not None]
    if named and layouts and len(fixed) == len(atoms):
        decode = _fused(tuple(names), fixed)
    else:
        decode = _in_turn(tuple(names), tuple(layout.decode for layout in layouts), named=named)
    bounds = [layout.most for layout in layouts]
    return Layout(
        decode,
        _encoder(tuple(names), tuple(layout.encode for layout in layouts), named=named),
        least=sum(layout.least for layout in layouts),
        most=None if None in bounds else sum(bound for bound in bounds if bound is not None),
        align=max((layout.align for layout in layouts), default=1),
    )


def _fused(names: tuple[str, ...], atoms: Sequence[Atom]) -> Decode:
    """The hot path: one unpack for the whole record, then only the fields that need turning.

    Written out as source and compiled, as dataclasses do: half the time of any loop over fields.
    """
    packed = struct.Struct("<" + "".join(atom.format for atom in atoms))
    scope: dict[str, Any] = {"unpack": packed.unpack_from, "fail": _unfit, "short": struct.error}
    values, items = [], []
    for i, (name, atom) in enumerate(zip(names, atoms, strict=True)):
        values.append(f"v{i}")
        items.append(f"{name!r}: " + (f"v{i}" if atom.load is None else f"load{i}(v{i})"))
        scope[f"load{i}"] = atom.load
    source = f"""
def decode(data, at):
    try:
        {", ".join(values)}, = unpack(data, at)
        return {{{", ".join(items)}}}, at + {packed.size}
    except short:
        fail(data, at, {packed.size})
    except LookupError as error:
        fail(data, at, {packed.size}, error)
"""
    exec(source, scope)  # noqa: S102 - names are quoted by repr, the rest is ours
    decode: Decode = scope["decode"]
    return decode


def _unfit(data: bytes, at: int, size: int, error: LookupError | None = None) -> NoReturn:
    if error is not None:
        raise InvalidValue(f"no value of its type: {error}") from error
    raise ShortData(f"{size} bytes wanted at {at}, {len(data) - at} there")


def _in_turn(names: tuple[str, ...], decoders: tuple[Decode, ...], *, named: bool) -> Decode:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        values = []
        for one in decoders:
            value, at = one(data, at)
            values.append(value)
        return (dict(zip(names, values, strict=True)) if named else values), at

    return decode


def _encoder(names: tuple[str, ...], encoders: tuple[Encode, ...], *, named: bool) -> Encode:
    fields = tuple(zip(names, encoders, strict=True))
    wanted = set(names)

    def encode_named(value: Any, out: bytearray) -> None:
        if not isinstance(value, dict) or value.keys() != wanted:
            raise InvalidValue(f"fields {sorted(wanted)} wanted, got {value!r}")
        for name, encode in fields:
            encode(value[name], out)

    def encode_tuple(value: Any, out: bytearray) -> None:
        if not isinstance(value, list | tuple) or len(value) != len(encoders):
            raise InvalidValue(f"{len(encoders)} values wanted, got {value!r}")
        for one, encode in zip(value, encoders, strict=True):
            encode(one, out)

    return encode_named if named else encode_tuple
