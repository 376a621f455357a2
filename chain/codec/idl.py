"""An IDL file as values: spec 0.1.0 (Anchor >= 0.30) and the legacy form before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.codec.errors import InvalidIdl


@dataclass(frozen=True, slots=True)
class Field:
    """A named type; the type stays as the IDL writes it."""

    name: str
    type: Any


@dataclass(frozen=True, slots=True)
class TypeDef:
    """A type the IDL defines.

    `fields` are a struct's (unnamed ones are called "0", "1", …), `variants` an enum's,
    `alias` another type's; exactly one of them is there.
    """

    name: str
    fields: tuple[Field, ...] | None = None
    named: bool = True
    variants: tuple[TypeDef, ...] | None = None
    alias: Any = None
    generics: tuple[str, ...] = ()
    bytemuck: bool = False
    packed: bool = False


@dataclass(frozen=True, slots=True)
class AccountMeta:
    """One account of an instruction, groups flattened to `group.name`."""

    name: str
    writable: bool = False
    signer: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class InstructionDef:
    name: str
    discriminator: bytes
    accounts: tuple[AccountMeta, ...]
    args: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """An event or an account: a discriminator in front of a defined type."""

    name: str
    discriminator: bytes


@dataclass(frozen=True, slots=True)
class ErrorDef:
    code: int
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Idl:
    address: str | None
    instructions: tuple[InstructionDef, ...]
    accounts: tuple[Tagged, ...]
    events: tuple[Tagged, ...]
    errors: tuple[ErrorDef, ...]
    types: Mapping[str, TypeDef]


def load_idl(path: Path) -> Idl:
    """Read an IDL file.

    Raises:
        InvalidIdl: it is not JSON, or a part that cannot be missing is.
    """
    return parse_idl(json.loads(path.read_text()))


def parse_idl(document: Mapping[str, Any]) -> Idl:
    """Take an IDL document of either form apart; discriminators it gives are never hashed anew."""
    try:
        return _parse(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidIdl(f"the IDL lacks or misshapes {error}") from error


def _parse(document: Mapping[str, Any]) -> Idl:
    legacy = "spec" not in document.get("metadata", {})
    types = {item["name"]: _type_def(item, legacy=legacy) for item in document.get("types", [])}
    for section in ("accounts", "events"):
        for item in document.get(section, []):
            if "type" in item or "fields" in item:  # legacy: the type stands in the section itself
                types[item["name"]] = _type_def(item, legacy=legacy)
    address = document.get("address") or document.get("metadata", {}).get("address")
    return Idl(
        address=address,
        instructions=tuple(
            _instruction(item, legacy=legacy) for item in document.get("instructions", [])
        ),
        accounts=tuple(_tagged("account", item) for item in document.get("accounts", [])),
        events=tuple(_tagged("event", item) for item in document.get("events", [])),
        errors=tuple(
            ErrorDef(item["code"], item["name"], item.get("msg", item["name"]))
            for item in document.get("errors", [])
        ),
        types=types,
    )


def _instruction(item: Mapping[str, Any], *, legacy: bool) -> InstructionDef:
    name = _snake(item["name"]) if legacy else item["name"]
    return InstructionDef(
        name=name,
        discriminator=_discriminator("global", name, item),
        accounts=tuple(_account_metas(item["accounts"], "")),
        args=_fields(item["args"], legacy=legacy)[0],
    )


def _account_metas(items: list[Mapping[str, Any]], prefix: str) -> Iterator[AccountMeta]:
    for item in items:
        name = prefix + _snake(item["name"])
        if "accounts" in item:
            yield from _account_metas(item["accounts"], name + ".")
        else:
            yield AccountMeta(
                name=name,
                writable=bool(item.get("writable", item.get("isMut", False))),
                signer=bool(item.get("signer", item.get("isSigner", False))),
                optional=bool(item.get("optional", item.get("isOptional", False))),
            )


def _tagged(namespace: str, item: Mapping[str, Any]) -> Tagged:
    return Tagged(item["name"], _discriminator(namespace, item["name"], item))


def _discriminator(namespace: str, name: str, item: Mapping[str, Any]) -> bytes:
    if "discriminator" in item:
        return bytes(item["discriminator"])
    return hashlib.sha256(f"{namespace}:{name}".encode()).digest()[:8]


def _type_def(item: Mapping[str, Any], *, legacy: bool) -> TypeDef:
    body = item["type"] if "type" in item else {"kind": "struct", "fields": item["fields"]}
    bytemuck = str(item.get("serialization", "borsh")).startswith("bytemuck")
    packed = bool(item.get("repr", {}).get("packed", False))
    generics = tuple(
        entry if isinstance(entry, str) else entry["name"] for entry in item.get("generics", [])
    )
    kind = body["kind"]
    if kind == "struct":
        fields, named = _fields(body.get("fields", []), legacy=legacy)
        return TypeDef(item["name"], fields, named, None, None, generics, bytemuck, packed)
    if kind == "enum":
        variants = tuple(_variant(variant, legacy=legacy) for variant in body["variants"])
        return TypeDef(item["name"], None, True, variants, None, generics, bytemuck, packed)  # noqa: FBT003 - a struct's flag
    if kind in {"type", "alias"}:
        alias = body.get("alias", body.get("value"))
        return TypeDef(item["name"], alias=alias, generics=generics)
    raise InvalidIdl(f"type {item['name']} is of unknown kind {kind!r}")


def _variant(item: Mapping[str, Any], *, legacy: bool) -> TypeDef:
    fields, named = _fields(item.get("fields") or [], legacy=legacy)
    return TypeDef(item["name"], fields, named)


def _fields(items: list[Any], *, legacy: bool) -> tuple[tuple[Field, ...], bool]:
    """Named fields `[{name, type}]`, or a tuple's `[type]`: then their names are positions."""
    named = all(isinstance(item, Mapping) and "name" in item and "type" in item for item in items)
    if not named:
        return tuple(Field(str(i), item) for i, item in enumerate(items)), False
    rename = _snake if legacy else str
    return tuple(Field(rename(item["name"]), item["type"]) for item in items), True


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
