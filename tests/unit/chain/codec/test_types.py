"""Every IDL type, byte for byte."""

from typing import Any

import pytest

from chain.codec import InvalidIdl, InvalidValue, ShortData
from tests.unit.chain.codec.idls import codec_of, read, struct_type, written

KEY = "Markets111111111111111111111111111111111111"

EXACT: list[tuple[Any, Any, str]] = [
    ("bool", True, "01"),
    ("u8", 255, "ff"),
    ("i8", -1, "ff"),
    ("u16", 258, "0201"),
    ("i16", -2, "feff"),
    ("u32", 1, "01000000"),
    ("i32", -1, "ffffffff"),
    ("u64", 2**64 - 1, "ff" * 8),
    ("i64", -(2**63), "00" * 7 + "80"),
    ("u128", str(2**128 - 1), "ff" * 16),
    ("i128", "-1", "ff" * 16),
    ("u256", str(2**255), "00" * 31 + "80"),
    ("i256", "-2", "fe" + "ff" * 31),
    ("f32", 1.5, "0000c03f"),
    ("f64", -2.0, "00000000000000c0"),
    ("f64", "inf", "000000000000f07f"),
    ("string", "né", "030000006ec3a9"),
    ("bytes", "00ff", "0200000000ff"),
    ({"vec": "u8"}, "00ff", "0200000000ff"),
    ({"vec": "u16"}, [1, 2], "0200000001000200"),
    ({"array": ["u8", 3]}, "0a0b0c", "0a0b0c"),
    ({"array": ["bool", 2]}, [True, False], "0100"),
    ({"option": "u8"}, None, "00"),
    ({"option": "u8"}, 7, "0107"),
    ({"coption": "u16"}, None, "000000000000"),
    ({"coption": "u16"}, 7, "010000000700"),
    ({"tuple": ["u8", "bool"]}, [1, True], "0101"),
    ({"option": {"option": "bool"}}, None, "00"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), EXACT, ids=str)
def test_each_type_is_written_and_read_byte_for_byte(kind: Any, value: Any, expected: str) -> None:
    codec = codec_of(kind)

    assert written(codec, value).hex() == expected
    assert read(codec, bytes.fromhex(expected)) == value


def test_public_keys_are_base58() -> None:
    codec = codec_of("pubkey")

    assert read(codec, bytes(32)) == "1" * 32
    assert read(codec, written(codec, KEY)) == KEY


REFUSED_BYTES: list[tuple[Any, str]] = [
    ("bool", "02"),
    ({"option": "u8"}, "0207"),
    ({"coption": "u8"}, "0200000007"),
    ("f32", "0000c07f"),
    ("f64", "000000000000f87f"),
    ("string", "01000000ff"),
]


@pytest.mark.parametrize(("kind", "data"), REFUSED_BYTES, ids=str)
def test_bytes_that_are_no_value_are_refused(kind: Any, data: str) -> None:
    """A bool of 2, an option's tag of 2, a NaN, text that is not UTF-8."""
    with pytest.raises(InvalidValue):
        read(codec_of(kind), bytes.fromhex(data))


REFUSED_VALUES: list[tuple[Any, Any]] = [
    ("u8", 256),
    ("u8", True),
    ("i8", -129),
    ("u64", -1),
    ("u64", "5"),
    ("u128", 2**128),
    ("f64", float("nan")),
    ("f32", 1e300),
    ("bool", 1),
    ("string", 5),
    ("string", "\ud800"),
    ("pubkey", "not a key"),
    ("pubkey", b"short"),
    ("bytes", "xyz"),
    ({"array": ["u8", 2]}, "00"),
    ({"array": ["u16", 2]}, [1]),
    ({"vec": "u16"}, 5),
    ({"option": "u8"}, "x"),
]


@pytest.mark.parametrize(("kind", "value"), REFUSED_VALUES, ids=repr)
def test_values_that_do_not_fit_are_refused(kind: Any, value: Any) -> None:
    with pytest.raises(InvalidValue):
        written(codec_of(kind), value)


SHORT: list[tuple[Any, str]] = [
    ("u64", "00"),
    ("pubkey", "00"),
    ("string", "05000000"),
    ("bytes", "ffffffff"),
    ({"vec": "u64"}, "ffffffff"),
    ({"vec": {"option": "u8"}}, "ffffffff00"),
    ({"array": ["u16", 3]}, "0000"),
    ({"option": "u8"}, ""),
    ({"coption": "u8"}, "00000000"),
]


@pytest.mark.parametrize(("kind", "data"), SHORT, ids=str)
def test_data_that_ends_early_is_short_and_costs_nothing(kind: Any, data: str) -> None:
    """A count of four billion is refused before the first item."""
    with pytest.raises(ShortData):
        read(codec_of(kind), bytes.fromhex(data))


def test_a_list_of_items_without_size_is_bounded() -> None:
    codec = codec_of({"vec": {"defined": {"name": "Unit"}}}, [struct_type("Unit")])

    assert read(codec, bytes.fromhex("02000000")) == [{}, {}]
    with pytest.raises(InvalidValue):
        read(codec, bytes.fromhex("ffffffff"))


def test_structs_are_dicts_by_field_name() -> None:
    point = struct_type("Point", ("x", "u8"), ("y", {"option": "u8"}))
    codec = codec_of({"defined": {"name": "Point"}}, [point])

    assert read(codec, bytes.fromhex("010102")) == {"x": 1, "y": 2}
    with pytest.raises(InvalidValue):
        written(codec, {"x": 1})
    with pytest.raises(InvalidValue):
        written(codec, {"x": 1, "y": 2, "z": 3})


SHAPE = {
    "name": "Shape",
    "type": {
        "kind": "enum",
        "variants": [
            {"name": "Empty"},
            {"name": "Circle", "fields": [{"name": "radius", "type": "u8"}]},
            {"name": "Box", "fields": ["u8", "u16"]},
        ],
    },
}


@pytest.mark.parametrize(
    ("value", "data"),
    [("Empty", "00"), ({"Circle": {"radius": 9}}, "0109"), ({"Box": [1, 2]}, "02010200")],
)
def test_enums_carry_unit_struct_and_tuple_variants(value: Any, data: str) -> None:
    codec = codec_of({"defined": {"name": "Shape"}}, [SHAPE])

    assert written(codec, value).hex() == data
    assert read(codec, bytes.fromhex(data)) == value


@pytest.mark.parametrize("value", ["Circle", "Square", {"Empty": {}}, {"Square": 1}, 3, None])
def test_what_is_no_variant_is_refused(value: Any) -> None:
    codec = codec_of({"defined": {"name": "Shape"}}, [SHAPE])

    with pytest.raises(InvalidValue):
        written(codec, value)
    with pytest.raises(InvalidValue):
        read(codec, b"\x03")


def test_generics_take_types_and_constants() -> None:
    grid = struct_type(
        "Grid",
        ("cells", {"array": [{"generic": "T"}, {"generic": "N"}]}),
        generics=[{"kind": "type", "name": "T"}, {"kind": "const", "name": "N", "type": "usize"}],
    )
    use = [{"kind": "type", "type": "u16"}, {"kind": "const", "value": "2"}]
    codec = codec_of({"defined": {"name": "Grid", "generics": use}}, [grid])

    assert read(codec, bytes.fromhex("01000200")) == {"cells": [1, 2]}


def test_a_generic_array_of_bytes_is_hex_like_any_other() -> None:
    grid = struct_type(
        "Grid",
        ("cells", {"array": [{"generic": "T"}, 2]}),
        generics=[{"kind": "type", "name": "T"}],
    )
    use = [{"kind": "type", "type": "u8"}]
    codec = codec_of({"defined": {"name": "Grid", "generics": use}}, [grid])

    assert read(codec, b"\x01\x02") == {"cells": "0102"}


def test_aliases_mean_what_they_stand_for() -> None:
    alias = {"name": "Lamports", "type": {"kind": "type", "alias": "u64"}}

    assert read(codec_of({"defined": {"name": "Lamports"}}, [alias]), bytes(8)) == 0


def test_a_type_may_contain_itself() -> None:
    tree = struct_type("Tree", ("leaf", "u8"), ("below", {"vec": {"defined": {"name": "Tree"}}}))
    codec = codec_of({"defined": {"name": "Tree"}}, [tree])
    value = {"leaf": 1, "below": [{"leaf": 2, "below": []}]}

    assert read(codec, written(codec, value)) == value


def test_nesting_without_end_is_refused_not_a_crash() -> None:
    chain = struct_type("Chain", ("next", {"option": {"defined": {"name": "Chain"}}}))

    with pytest.raises(InvalidValue, match="too deep"):
        read(codec_of({"defined": {"name": "Chain"}}, [chain]), b"\x01" * 100_000)


def test_bytemuck_structs_lie_as_c_lays_them() -> None:
    """Fields at multiples of their alignment, the end padded to the largest."""
    raw = struct_type(
        "Raw", ("a", "u8"), ("b", "u32"), ("c", "u8"), serialization="bytemuck", repr={"kind": "c"}
    )
    codec = codec_of({"defined": {"name": "Raw"}}, [raw])

    assert written(codec, {"a": 1, "b": 2, "c": 3}).hex() == "01000000" + "02000000" + "03000000"
    assert read(codec, bytes.fromhex("01ffffff" + "02000000" + "03ffffff")) == {
        "a": 1,
        "b": 2,
        "c": 3,
    }


def test_packed_bytemuck_structs_have_no_gaps() -> None:
    raw = struct_type(
        "Raw",
        ("a", "u8"),
        ("b", "u32"),
        serialization="bytemuck",
        repr={"kind": "c", "packed": True},
    )

    assert read(codec_of({"defined": {"name": "Raw"}}, [raw]), bytes.fromhex("0102000000")) == {
        "a": 1,
        "b": 2,
    }


@pytest.mark.parametrize(
    "kind",
    [
        "u7",
        {"defined": {"name": "Nobody"}},
        {"generic": "T"},
        {"array": ["u8", -1]},
        {"array": ["u8", {"generic": "N"}]},
        {"coption": "string"},
        {"set": "u8"},
        {},
        5,
    ],
    ids=repr,
)
def test_an_interface_that_means_nothing_is_refused_at_once(kind: Any) -> None:
    with pytest.raises(InvalidIdl):
        codec_of(kind)
