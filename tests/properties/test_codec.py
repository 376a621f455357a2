"""What is written is what is read, for every IDL type; and no bytes crash the reader."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from chain.codec import CodecError
from chain.codec.program import Decoded
from chain.program.interface import load_program
from tests.unit.chain.codec.idls import TAG, codec_of, read, struct_type, written

codec = load_program("Markets111111111111111111111111111111111111").codec

Typed = tuple[Any, st.SearchStrategy[Any]]  # a type expression and its values


def signed(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


PRIMITIVES: list[Typed] = [
    ("bool", st.booleans()),
    *((f"u{bits}", st.integers(0, 2**bits - 1)) for bits in (8, 16, 32, 64)),
    *((f"i{bits}", signed(bits)) for bits in (8, 16, 32, 64)),
    *((f"u{bits}", st.integers(0, 2**bits - 1).map(str)) for bits in (128, 256)),
    *((f"i{bits}", signed(bits).map(str)) for bits in (128, 256)),
    ("f32", st.floats(width=32, allow_nan=False, allow_infinity=False)),
    ("f64", st.floats(allow_nan=False, allow_infinity=False)),
    ("string", st.text()),
    ("bytes", st.binary(max_size=40).map(bytes.hex)),
    ("pubkey", st.binary(min_size=32, max_size=32).map(lambda raw: str(Pubkey(raw)))),
]
FIXED = {"bool", "u8", "u16", "u64", "i64", "u128", "pubkey"}


def wrapped(inner: Typed) -> st.SearchStrategy[Typed]:
    """Everything that can be made of a type."""
    kind, values = inner
    pairs: list[Typed] = [
        ({"vec": kind}, st.lists(values, max_size=4)),
        ({"array": [kind, 3]}, st.lists(values, min_size=3, max_size=3)),
        ({"tuple": [kind, "bool"]}, st.tuples(values, st.booleans()).map(list)),
        ({"array": ["u8", 5]}, st.binary(min_size=5, max_size=5).map(bytes.hex)),
    ]
    if not isinstance(kind, dict) or "option" not in kind:  # Some(None) and None are one in JSON
        pairs.append(({"option": kind}, st.none() | values))
    if isinstance(kind, str) and kind in FIXED:
        pairs.append(({"coption": kind}, st.none() | values))
    if kind == "u8":
        pairs = pairs[2:]  # lists of bytes are hex
    return st.sampled_from(pairs)


def deeper(children: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    return children.flatmap(wrapped)


TYPES = st.recursive(st.sampled_from(PRIMITIVES), deeper, max_leaves=4)
TYPED_VALUES = TYPES.flatmap(lambda typed: st.tuples(st.just(typed[0]), typed[1]))


@given(TYPED_VALUES)
def test_any_value_of_any_type_comes_back_as_it_went(typed: tuple[Any, Any]) -> None:
    kind, value = typed
    seen = codec_of(kind)

    assert read(seen, written(seen, value)) == value


@given(st.lists(TYPED_VALUES, max_size=5), st.booleans(), st.data())
def test_any_struct_and_any_enum_come_back_as_they_went(
    fields: list[tuple[Any, Any]], in_enum: bool, data: st.DataObject
) -> None:
    """Fixed and variable fields in any mixture, alone or as an enum's variant."""
    listed = [{"name": f"f{i}", "type": kind} for i, (kind, _) in enumerate(fields)]
    value: Any = {f"f{i}": value for i, (_, value) in enumerate(fields)}
    if in_enum and fields:
        variants = [{"name": "No"}, {"name": "Yes", "fields": listed}]
        definition = {"name": "T", "type": {"kind": "enum", "variants": variants}}
        value = data.draw(st.sampled_from(["No", {"Yes": value}]))
    else:
        definition = {"name": "T", "type": {"kind": "struct", "fields": listed}}
    seen = codec_of({"defined": {"name": "T"}}, [definition])

    assert read(seen, written(seen, value)) == value


@given(st.lists(st.sampled_from(sorted(FIXED)), min_size=1, max_size=6))
def test_a_bytemuck_struct_comes_back_with_its_padding(kinds: list[str]) -> None:
    """And its size is a multiple of its largest alignment."""
    sizes = {"bool": 1, "u8": 1, "u16": 2, "u64": 8, "i64": 8, "u128": 16, "pubkey": 1}
    fields = [(f"f{i}", kind) for i, kind in enumerate(kinds)]
    seen = codec_of(
        {"defined": {"name": "T"}}, [struct_type("T", *fields, serialization="bytemuck")]
    )
    zeros = {"bool": False, "u128": "0", "pubkey": "1" * 32}
    value = {name: zeros.get(kind, 0) for name, kind in fields}
    data = written(seen, value)

    assert read(seen, data) == value
    assert len(data) % max(sizes[kind] for kind in kinds) == 0


EVENTS = st.sampled_from([event.discriminator for event in codec.idl.events])


@given(EVENTS, st.binary(max_size=200))
def test_event_bytes_of_any_kind_are_read_or_refused_by_name(
    discriminator: bytes, payload: bytes
) -> None:
    """And what is read is written back as the same bytes."""
    data = discriminator + payload
    try:
        name, fields = codec.decode_event(data)
    except CodecError:
        return
    if "resolver_fee" not in fields:  # WinningsClaimed's first layout is read, never written
        assert codec.encode_event(name, fields) == data


READERS: tuple[Callable[[bytes], Decoded], ...] = (codec.decode_account, codec.decode_instruction)
KNOWN = {item.name for item in codec.idl.accounts} | {item.name for item in codec.idl.instructions}


@given(st.binary(max_size=600))
def test_account_and_instruction_bytes_of_any_kind_never_crash(data: bytes) -> None:
    starts = [b""] + [item.discriminator for item in codec.idl.accounts]
    starts += [item.discriminator for item in codec.idl.instructions]
    for start in starts:
        for decode in READERS:
            try:
                name = decode(start + data).name
            except CodecError:
                continue
            assert name in KNOWN


@settings(max_examples=200)
@given(TYPES, st.binary(max_size=120))
def test_any_type_reads_or_refuses_any_bytes(typed: Typed, data: bytes) -> None:
    """Without holding more items than there are bytes."""
    seen = codec_of(typed[0])
    try:
        value = seen.decode_event(bytes(TAG) + data).fields["it"]
    except CodecError:
        return
    assert count(value) <= 16 * (len(data) + 1)


def count(value: Any) -> int:
    if isinstance(value, list):
        return 1 + sum(map(count, value))
    return 1 + sum(map(count, value.values())) if isinstance(value, dict) else 1
