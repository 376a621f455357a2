"""Turn clang's BPF object into the shared object that Solana's SBPFv0 loader accepts.

No stock linker knows the machine (ELF machine 247 with Solana's conventions), and the loader's
wishes are few: one `.text`, no writable data, section addresses equal to file offsets, syscalls
left as relocations by name (the loader hashes them itself). Sources: the ELF specification and
solana-sbpf's `elf.rs`. One object only: the program is a unity build.
"""

import struct
from typing import NamedTuple

VM_BASE = 0x1_0000_0000  # the loader maps the file here
EM_BPF = 247
R_64_64, R_64_ABS64, R_64_32 = 1, 2, 10
SHF_WRITE, SHF_ALLOC = 1, 2
SHT_PROGBITS, SHT_SYMTAB, SHT_RELOCATION = 1, 2, 9
EHDR, PHDR, SHDR, SYM = "<16sHHIQQQIHHHHHH", "<IIQQQQQQ", "<IIQQQQIIQQ", "<IBBHQQ"
TEXT_AT = 64 + 3 * 56  # behind the file header and three program headers


class LinkError(Exception):
    """The object holds something that the loader would refuse."""


class Section(NamedTuple):
    """One section of the object."""

    name: str
    kind: int
    flags: int
    link: int
    info: int
    align: int
    data: bytes


class Symbol(NamedTuple):
    """One symbol; `section` 0 means that it is a syscall."""

    name: str
    section: int
    value: int


class Linked(NamedTuple):
    """The image being relocated, its sections' addresses, and the syscalls left to the loader."""

    image: bytearray
    addresses: dict[int, int]
    syscalls: list[tuple[int, str]]


def link(elf: bytes) -> bytes:
    """Link one object into a program.

    Args:
        elf: the object, as `clang -target bpf -mcpu=v2 -c` writes it.

    Returns:
        The shared object; the same bytes for the same object.

    Raises:
        LinkError: writable data, an unknown relocation or no `entrypoint`.
    """
    sections = _sections(elf)
    symbols = _symbols(sections)
    linked = _place(sections)
    for section in sections:
        if section.kind == SHT_RELOCATION and section.info in linked.addresses:
            for offset, info in struct.iter_unpack("<QQ", section.data):
                at = linked.addresses[section.info] + offset
                _relocate(linked, at, info & 0xFFFF_FFFF, symbols[info >> 32])
    entry = next((s for s in symbols if s.name == "entrypoint" and s.section), None)
    if entry is None:
        raise LinkError("no entrypoint")
    text_size = next(len(s.data) for s in sections if s.name == ".text")
    return _finish(linked, linked.addresses[entry.section] + entry.value, text_size)


def _text(strings: bytes, offset: int) -> str:
    return strings[offset : strings.index(b"\0", offset)].decode()


def _sections(elf: bytes) -> list[Section]:
    header = struct.unpack_from(EHDR, elf)
    if header[0][:6] != b"\x7fELF\x02\x01" or header[1:3] != (1, EM_BPF):
        raise LinkError("not a relocatable BPF object")
    start, count, names = header[6], header[12], header[13]
    rows = [struct.unpack_from(SHDR, elf, start + i * 64) for i in range(count)]
    strings = elf[rows[names][4] :]
    return [
        Section(_text(strings, r[0]), r[1], r[2], r[6], r[7], r[8], elf[r[4] : r[4] + r[5]])
        for r in rows
    ]


def _symbols(sections: list[Section]) -> list[Symbol]:
    table = next(s for s in sections if s.kind == SHT_SYMTAB)
    strings = sections[table.link].data
    rows = struct.iter_unpack(SYM, table.data)
    return [Symbol(_text(strings, r[0]), r[3], r[4]) for r in rows]


def _place(sections: list[Section]) -> Linked:
    """Give each loadable section its address: `.text` first, then constants, as one image."""
    loaded = [(i, s) for i, s in enumerate(sections) if s.flags & SHF_ALLOC and s.data]
    loaded.sort(key=lambda pair: pair[1].name != ".text")
    image, addresses = bytearray(TEXT_AT), {}
    for index, section in loaded:
        if section.name == ".eh_frame":
            continue
        if section.kind != SHT_PROGBITS or section.flags & SHF_WRITE:
            raise LinkError(f"{section.name}: the loader takes no writable data")
        image += bytes(-len(image) % max(section.align, 8))
        addresses[index] = len(image)
        image += section.data
    return Linked(image, addresses, [])


def _relocate(linked: Linked, at: int, kind: int, symbol: Symbol) -> None:
    """Resolve one relocation at file offset `at`."""
    image, base = linked.image, linked.addresses.get(symbol.section, 0)
    if kind == R_64_32 and symbol.section == 0:
        struct.pack_into("<i", image, at + 4, -1)
        linked.syscalls.append((at, symbol.name))
    elif kind == R_64_32:
        (addend,) = struct.unpack_from("<i", image, at + 4)
        target = base + symbol.value + (addend + 1) * 8
        image[at + 1] = image[at + 1] & 0x0F | 0x10  # source register 1: a call inside the program
        struct.pack_into("<i", image, at + 4, (target - at) // 8 - 1)
    elif kind == R_64_64:  # lddw: the halves of the constant lie in two instructions
        low, high = struct.unpack_from("<I4xI", image, at + 4)
        target = VM_BASE + base + symbol.value + (high << 32 | low)
        struct.pack_into("<I", image, at + 4, target & 0xFFFF_FFFF)
        struct.pack_into("<I", image, at + 12, target >> 32)
    elif kind == R_64_ABS64:
        (addend,) = struct.unpack_from("<Q", image, at)
        struct.pack_into("<Q", image, at, VM_BASE + base + symbol.value + addend)
    else:
        raise LinkError(f"relocation {kind} against {symbol.name or 'a section'}")


def _dynamic_tables(linked: Linked) -> tuple[bytes, bytes, bytes]:
    """Symbols, their names, and where they are called: what the loader finds syscalls by."""
    names = sorted({name for _, name in linked.syscalls})
    strings, symbols = b"\0", bytes(24)
    for name in names:
        symbols += struct.pack(SYM, len(strings), 0x10, 0, 0, 0, 0)  # global, undefined
        strings += name.encode() + b"\0"
    calls = [(at, names.index(name) + 1 << 32 | R_64_32) for at, name in linked.syscalls]
    return symbols, strings, b"".join(struct.pack("<QQ", *call) for call in calls)


def _finish(linked: Linked, entry: int, text_size: int) -> bytes:
    """Append the dynamic section, its tables and all headers."""
    symbols, strings, calls = _dynamic_tables(linked)
    parts: list[bytes | bytearray] = [
        linked.image[TEXT_AT : TEXT_AT + text_size],
        linked.image[TEXT_AT + text_size :],
    ]
    names = [".text", ".rodata", ".dynamic", ".dynsym", ".dynstr", ".rel.dyn", ".shstrtab"]
    named = b"\0" + b"".join(n.encode() + b"\0" for n in names)
    parts += [bytes(7 * 16), symbols, strings, calls, named]
    image, starts = bytearray(TEXT_AT), []
    for part in parts:
        starts.append(len(image))
        image += part + bytes(-len(part) % 8)
    headers = len(image)
    dynamic, dynsym, dynstr, rel = starts[2:6]
    tags = [(17, rel), (18, len(calls)), (19, 16), (6, dynsym), (11, 24), (5, dynstr), (0, 0)]
    image[dynamic:dynsym] = b"".join(struct.pack("<QQ", *tag) for tag in tags)
    # kind, flags, link, info, alignment, width of an entry; links count from the empty section 0
    rows = [(1, 6, 0, 0, 8, 0), (1, 2, 0, 0, 8, 0), (6, 2, 5, 0, 8, 16), (11, 2, 5, 1, 8, 24)]
    rows += [(3, 2, 0, 0, 1, 0), (9, 2, 4, 0, 8, 16), (3, 0, 0, 0, 1, 0)]
    image += bytes(64)
    for name, at, part, (kind, flags, *rest) in zip(names, starts, parts, rows, strict=True):
        name_at = named.index(b"\0" + name.encode() + b"\0") + 1
        place = (at if flags else 0, at, len(part))
        image += struct.pack(SHDR, name_at, kind, flags, *place, *rest)
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    counts = (64, 56, 3, 64, len(rows) + 1, len(rows))
    struct.pack_into(EHDR, image, 0, ident, 3, EM_BPF, 1, entry, 64, headers, 0, *counts)
    loads = [(1, 5, starts[0], text_size), (1, 4, starts[1], starts[6] - starts[1])]
    for i, (kind, flags, at, size) in enumerate([*loads, (2, 4, dynamic, 7 * 16)]):
        struct.pack_into(PHDR, image, 64 + i * 56, kind, flags, at, at, at, size, size, 8)
    return bytes(image)
