"""A layout: how one type is read from and written to bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chain.codec.errors import InvalidValue, ShortData
from chain.codec.fused import Alone, Atom, Decode, fused

Encode = Callable[[Any, bytearray], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """A compiled type.

    `decode(data, at)` gives the value and where it ends; `encode(value, out)` appends. Between
    `least` and `most` bytes (None = no bound but the data). `align` counts in C layouts only. Where
    `alone` is known, `alone(n)` reads data that is n bytes and the value, quickly.
    """

    decode: Decode
    encode: Encode
    least: int
    most: int | None
    align: int = 1
    atom: Atom | None = None
    alone: Callable[[int], Alone] | None = None


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
    size, load = packed.size, atom.loader

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
    alone: Callable[[int], Alone] | None
    if named and layouts and len(fixed) == len(atoms):
        decode, alone = fused(names, fixed)
    else:
        alone = None
        decode = _in_turn(tuple(names), tuple(layout.decode for layout in layouts), named=named)
    bounds = [layout.most for layout in layouts]
    return Layout(
        decode,
        _encoder(tuple(names), tuple(layout.encode for layout in layouts), named=named),
        least=sum(layout.least for layout in layouts),
        most=None if None in bounds else sum(bound for bound in bounds if bound is not None),
        align=max((layout.align for layout in layouts), default=1),
        alone=alone,
    )


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
