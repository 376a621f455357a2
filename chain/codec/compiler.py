"""From the IDL's type expressions to layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chain.codec import containers
from chain.codec.errors import InvalidIdl
from chain.codec.idl import TypeDef
from chain.codec.layout import Layout, record
from chain.codec.primitives import PRIMITIVES, byte_array

# What the generics of a definition stand for: a type's layout or a constant.
Bindings = Mapping[str, Layout | int]
_NONE: Bindings = {}


class Compiler:
    """Compiles the types of one IDL, each definition once per set of generic arguments."""

    def __init__(self, types: Mapping[str, TypeDef]) -> None:
        self._types = types
        self._done: dict[tuple[Any, ...], Layout] = {}
        self._readers: dict[str, Callable[[Any, Bindings], Layout]] = {
            "option": lambda body, bound: containers.option(self.layout(body, bound)),
            "coption": lambda body, bound: containers.coption(self.layout(body, bound)),
            "vec": self._vec,
            "array": self._array,
            "tuple": self._tuple,
            "defined": self._reference,
            "generic": _bound_type,
        }

    def layout(self, expression: Any, bindings: Bindings = _NONE) -> Layout:
        """The layout of a type expression.

        Raises:
            InvalidIdl: the expression, or a name in it, means nothing.
        """
        if isinstance(expression, str):
            if expression not in PRIMITIVES:
                raise InvalidIdl(f"unknown type {expression!r}")
            return PRIMITIVES[expression]
        if not isinstance(expression, Mapping) or len(expression) != 1:
            raise InvalidIdl(f"no type: {expression!r}")
        ((kind, body),) = expression.items()
        reader = self._readers.get(kind)
        if reader is None:
            raise InvalidIdl(f"unknown type {expression!r}")
        return reader(body, bindings)

    def defined(self, name: str, arguments: tuple[Layout | int, ...] = ()) -> Layout:
        """The layout of a definition; one that contains itself is closed through a late lookup."""
        key = (name, *arguments)
        if key not in self._done:
            if name not in self._types:
                raise InvalidIdl(f"type {name!r} is not defined")
            definition = self._types[name]
            if len(definition.generics) != len(arguments):
                raise InvalidIdl(f"{name} takes {len(definition.generics)} generic arguments")
            self._done[key] = self._late(key)
            bindings = dict(zip(definition.generics, arguments, strict=True))
            self._done[key] = self._definition(definition, bindings)
        return self._done[key]

    def _late(self, key: tuple[Any, ...]) -> Layout:
        # At least a byte: a type can contain itself only behind an option, a vec or an enum's tag.
        def decode(data: bytes, at: int) -> tuple[Any, int]:
            return self._done[key].decode(data, at)

        def encode(value: Any, out: bytearray) -> None:
            self._done[key].encode(value, out)

        return Layout(decode, encode, 1, None)

    def _definition(self, definition: TypeDef, bindings: Bindings) -> Layout:
        if definition.variants is not None:
            return containers.enum(
                [(v.name, self._fields(v, bindings) if v.fields else None)
                 for v in definition.variants]
            )  # fmt: skip
        if definition.fields is not None:
            return self._fields(definition, bindings)
        return self.layout(definition.alias, bindings)

    def _fields(self, definition: TypeDef, bindings: Bindings) -> Layout:
        fields = definition.fields or ()
        names = [field.name for field in fields]
        layouts = [self.layout(field.type, bindings) for field in fields]
        if definition.bytemuck and not definition.packed:
            return containers.c_record(names, layouts, named=definition.named)
        return record(names, layouts, named=definition.named)

    def _vec(self, body: Any, bindings: Bindings) -> Layout:
        inner = self.layout(body, bindings)
        return PRIMITIVES["bytes"] if inner is PRIMITIVES["u8"] else containers.vec(inner)

    def _tuple(self, body: Any, bindings: Bindings) -> Layout:
        layouts = [self.layout(item, bindings) for item in body]
        return record([str(i) for i in range(len(layouts))], layouts, named=False)

    def _array(self, body: Any, bindings: Bindings) -> Layout:
        item, length = body
        if isinstance(length, Mapping):
            length = bindings.get(length.get("generic", ""))
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise InvalidIdl(f"no array length: {body[1]!r}")
        inner = self.layout(item, bindings)
        return byte_array(length) if inner is PRIMITIVES["u8"] else containers.array(inner, length)

    def _reference(self, body: Any, bindings: Bindings) -> Layout:
        if isinstance(body, str):  # the legacy form
            return self.defined(body)
        arguments = [self._argument(entry, bindings) for entry in body.get("generics", [])]
        return self.defined(body["name"], tuple(arguments))

    def _argument(self, entry: Mapping[str, Any], bindings: Bindings) -> Layout | int:
        if entry["kind"] == "type":
            return self.layout(entry["type"], bindings)
        value = entry["value"]
        if isinstance(value, str) and value in bindings:
            return bindings[value]
        try:
            return int(value)
        except ValueError as error:
            raise InvalidIdl(f"no constant: {value!r}") from error


def _bound_type(name: Any, bindings: Bindings) -> Layout:
    bound = bindings.get(name)
    if not isinstance(bound, Layout):
        raise InvalidIdl(f"generic {name!r} is no type here")
    return bound
