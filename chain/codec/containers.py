"""Types made of other types: options, lists, enums, C structs."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from chain.codec.errors import InvalidIdl, InvalidValue, ShortData
from chain.codec.layout import Layout, need, record

_COUNT = struct.Struct("<I")
# A list whose items take no bytes is bounded by nothing in the data: by this instead.
MOST_EMPTY_ITEMS = 1 << 16


def option(inner: Layout) -> Layout:
    """Borsh: a byte 0, or a byte 1 and the value."""

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        start = need(data, at, 1)
        tag = data[at]
        if tag == 0:
            return None, start
        if tag != 1:
            raise InvalidValue(f"an option's tag is 0 or 1, not {tag}")
        return inner.decode(data, start)

    def encode(value: Any, out: bytearray) -> None:
        out.append(0 if value is None else 1)
        if value is not None:
            inner.encode(value, out)

    return Layout(decode, encode, 1, None if inner.most is None else 1 + inner.most)


def coption(inner: Layout) -> Layout:
    """SPL's option: four tag bytes, then the room of the value whether it is there or not."""
    if inner.most is None or inner.least != inner.most:
        raise InvalidIdl("a coption holds a type of fixed size")
    size = inner.most

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        end = need(data, at, 4 + size)
        (tag,) = _COUNT.unpack_from(data, at)
        if tag == 0:
            return None, end
        if tag != 1:
            raise InvalidValue(f"a coption's tag is 0 or 1, not {tag}")
        return inner.decode(data, at + 4)

    def encode(value: Any, out: bytearray) -> None:
        out += _COUNT.pack(0 if value is None else 1)
        if value is None:
            out += bytes(size)
        else:
            inner.encode(value, out)

    return Layout(decode, encode, 4 + size, 4 + size, align=4)


def vec(inner: Layout) -> Layout:
    """A u32 count and the items; a count that the data cannot hold is refused before any item."""

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        at_items = need(data, at, 4)
        (count,) = _COUNT.unpack_from(data, at)
        if inner.least and count * inner.least > len(data) - at_items:
            raise ShortData(f"{count} items wanted at {at}, {len(data) - at_items} bytes there")
        if not inner.least and count > MOST_EMPTY_ITEMS:
            raise InvalidValue(f"{count} items of no size")
        return _items(inner, count, data, at_items)

    def encode(value: Any, out: bytearray) -> None:
        out += _COUNT.pack(len(_listed(value)))
        for item in value:
            inner.encode(item, out)

    return Layout(decode, encode, 4, None)


def array(inner: Layout, length: int) -> Layout:
    """`length` items and nothing else."""
    if not inner.least and length > MOST_EMPTY_ITEMS:
        raise InvalidIdl(f"an array of {length} items of no size")

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        need(data, at, length * inner.least)
        return _items(inner, length, data, at)

    def encode(value: Any, out: bytearray) -> None:
        if len(_listed(value)) != length:
            raise InvalidValue(f"{length} items wanted, got {len(value)}")
        for item in value:
            inner.encode(item, out)

    most = None if inner.most is None else inner.most * length
    return Layout(decode, encode, inner.least * length, most, align=inner.align)


def _items(inner: Layout, count: int, data: bytes, at: int) -> tuple[list[Any], int]:
    items = []
    decode = inner.decode
    for _ in range(count):
        item, at = decode(data, at)
        items.append(item)
    return items, at


def _listed(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise InvalidValue(f"a list is wanted, got {value!r}")
    return value


def enum(variants: Sequence[tuple[str, Layout | None]]) -> Layout:
    """A tag byte, then the variant's fields; a variant without fields is its name alone."""
    if len(variants) > 256:
        raise InvalidIdl("an enum has at most 256 variants")
    tags = {name: tag for tag, (name, _) in enumerate(variants)}
    empty = [name for name, inner in variants if inner is None]

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        start = need(data, at, 1)
        if data[at] >= len(variants):
            raise InvalidValue(f"variant {data[at]} of {len(variants)}")
        name, inner = variants[data[at]]
        if inner is None:
            return name, start
        value, end = inner.decode(data, start)
        return {name: value}, end

    def encode(value: Any, out: bytearray) -> None:
        name, body = next(iter(value.items())) if _single(value) else (value, None)
        if not isinstance(name, str) or name not in tags or (body is None) != (name in empty):
            raise InvalidValue(f"no variant: {value!r}")
        inner = variants[tags[name]][1]
        out.append(tags[name])
        if inner is not None:
            inner.encode(body, out)

    sizes = [(0, 0) if inner is None else (inner.least, inner.most) for _, inner in variants]
    mosts = [most for _, most in sizes if most is not None]
    most = 1 + max(mosts, default=0) if len(mosts) == len(sizes) else None
    return Layout(decode, encode, 1 + min((least for least, _ in sizes), default=0), most)


def _single(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1


def c_record(names: Sequence[str], layouts: Sequence[Layout], *, named: bool) -> Layout:
    """A `repr(C)` struct as bytemuck copies it: every field at a multiple of its alignment."""
    steps: list[tuple[str, Layout]] = []
    offset, largest = 0, max((layout.align for layout in layouts), default=1)
    for name, layout in zip(names, layouts, strict=True):
        if layout.most is None or layout.least != layout.most:
            raise InvalidIdl(f"{name}: a bytemuck struct holds types of fixed size")
        if gap := -offset % layout.align:
            steps.append(("", _padding(gap)))
        steps.append((name, layout))
        offset += gap + layout.least
    if gap := -offset % largest:
        steps.append(("", _padding(gap)))
    return _without_padding(steps, named=named, align=largest)


def _without_padding(steps: Sequence[tuple[str, Layout]], *, named: bool, align: int) -> Layout:
    if all(name for name, _ in steps):
        plain = record([name for name, _ in steps], [layout for _, layout in steps], named=named)
        return Layout(plain.decode, plain.encode, plain.least, plain.most, align)

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        values: dict[str, Any] = {}
        for name, layout in steps:
            value, at = layout.decode(data, at)
            if name:
                values[name] = value
        return (values if named else list(values.values())), at

    def encode(value: Any, out: bytearray) -> None:
        fields = [name for name, _ in steps if name]
        values = value if named else dict(zip(fields, value, strict=False))
        if not isinstance(values, dict) or sorted(values) != sorted(fields):
            raise InvalidValue(f"fields {fields} wanted, got {value!r}")
        for name, layout in steps:
            layout.encode(values[name] if name else None, out)

    size = sum(layout.least for _, layout in steps)
    return Layout(decode, encode, size, size, align)


def _padding(size: int) -> Layout:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        return None, need(data, at, size)

    def encode(_: Any, out: bytearray) -> None:
        out += bytes(size)

    return Layout(decode, encode, size, size)
