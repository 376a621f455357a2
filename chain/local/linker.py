"""Turn clang's BPF object into the shared object that Solana's SBPFv0 loader accepts.

No stock linker knows the machine (ELF machine 247 with Solana's conventions), and the loader's
wishes are few: one `.text`, no writable data, section addresses equal to file offsets, syscalls
left as relocations by name (the loader hashes them itself). Sources: the ELF specification and
solana-sbpf's `elf.rs`. One object only: the program is a unity build.
"""

import struct
import sys
from dataclasses import dataclass
from pathlib import Path

VM_BASE = 0x1_0000_0000  # the loader maps the file here
EM_BPF = 247
R_64_64, R_64_ABS64, R_64_32 = 1, 2, 10
SHF_WRITE, SHF_ALLOC = 1, 2
SHT_PROGBITS, SHT_SYMTAB, SHT_RELOCATION = 1, 2, 9
EHDR, PHDR, SHDR, SYM = "<16sHHIQQQIHHHHHH", "<IIQQQQQQ", "<IIQQQQIIQQ", "<IBBHQQ"


class LinkError(Exception):
    """The object holds something that the loader would refuse."""


@dataclass(frozen=True)
class Section:
    """One section of the object."""

    name: str
    kind: int
    flags: int
    link: int
    info: int
    align: int
    data: bytes


@dataclass(frozen=True)
class Symbol:
    """One symbol; `section` 0 means that it is a syscall."""

    name: str
    section: int
    value: int


def _text_at(strings: bytes, offset: int) -> str:
    return strings[offset : strings.index(b"\0", offset)].decode()


def read_sections(elf: bytes) -> list[Section]:
    """The sections of a relocatable 64-bit little-endian BPF object."""
    header = struct.unpack_from(EHDR, elf)
    if header[0][:6] != b"\x7fELF\x02\x01" or header[1:3] != (1, EM_BPF):
        raise LinkError("not a relocatable BPF object")
    start, count, names = header[6], header[12], header[13]
    rows = [struct.unpack_from(SHDR, elf, start + i * 64) for i in range(count)]
    names_at = rows[names][4]
    strings = elf[names_at : names_at + rows[names][5]]
    return [
        Section(_text_at(strings, r[0]), r[1], r[2], r[6], r[7], r[8], elf[r[4] : r[4] + r[5]])
        for r in rows
    ]


def read_symbols(sections: list[Section]) -> list[Symbol]:
    """The object's symbol table."""
    table = next(s for s in sections if s.kind == SHT_SYMTAB)
    strings = sections[table.link].data
    rows = struct.iter_unpack(SYM, table.data)
    return [Symbol(_text_at(strings, r[0]), r[3], r[4]) for r in rows]


def place(sections: list[Section]) -> tuple[dict[int, int], bytearray]:
    """Give each loadable section its address: `.text` first, then constants, as one image."""
    loaded = [
        (i, s)
        for i, s in enumerate(sections)
        if s.flags & SHF_ALLOC and s.data and s.name != ".eh_frame"
    ]
    loaded.sort(key=lambda pair: pair[1].name != ".text")
    image, addresses = bytearray(64 + 3 * 56), {}
    for index, section in loaded:
        if section.kind != SHT_PROGBITS or (
            section.flags & SHF_WRITE and "rel.ro" not in section.name
        ):
            raise LinkError(f"{section.name}: the loader takes no writable data")
        image += bytes(-len(image) % max(section.align, 8))
        addresses[index] = len(image)
        image += section.data
    return addresses, image


@dataclass
class Linked:
    """The image being relocated, and the syscalls that the loader has to fill in."""

    image: bytearray
    addresses: dict[int, int]
    syscalls: list[tuple[int, str]]


def relocate(linked: Linked, at: int, kind: int, symbol: Symbol) -> None:
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
    elif kind == R_64_64:
        low, high = struct.unpack_from("<I4xI", image, at + 4)
        target = VM_BASE + base + symbol.value + (high << 32 | low)
        struct.pack_into("<I", image, at + 4, target & 0xFFFF_FFFF)
        struct.pack_into("<I", image, at + 12, target >> 32)
    elif kind == R_64_ABS64:
        (addend,) = struct.unpack_from("<Q", image, at)
        struct.pack_into("<Q", image, at, VM_BASE + base + symbol.value + addend)
    else:
        raise LinkError(f"relocation {kind} against {symbol.name or 'a section'}")


def link(elf: bytes) -> bytes:
    """Link one object into a program.

    Args:
        elf: the object, as `clang -target bpf -mcpu=v2 -c` writes it.

    Returns:
        The shared object; the same bytes for the same object.

    Raises:
        LinkError: writable data, an unknown relocation or no `entrypoint`.
    """
    sections = read_sections(elf)
    symbols = read_symbols(sections)
    addresses, image = place(sections)
    linked = Linked(image, addresses, [])
    for section in sections:
        if section.kind == SHT_RELOCATION and section.info in addresses:
            for offset, info in struct.iter_unpack("<QQ", section.data):
                at = addresses[section.info] + offset
                relocate(linked, at, info & 0xFFFF_FFFF, symbols[info >> 32])
    entry = next((s for s in symbols if s.name == "entrypoint" and s.section), None)
    if entry is None:
        raise LinkError("no entrypoint")
    text = next(i for i in addresses if sections[i].name == ".text")
    return _finish(linked, addresses[entry.section] + entry.value, len(sections[text].data))


def _finish(linked: Linked, entry: int, text_size: int) -> bytes:
    """Append the dynamic tables and headers: what the loader reads to find the syscalls."""
    image, text = linked.image, 64 + 3 * 56
    image += bytes(-len(image) % 8)
    names = sorted({name for _, name in linked.syscalls})
    strings = b"\0" + b"".join(n.encode() + b"\0" for n in names)
    symbols = bytes(24) + b"".join(
        struct.pack(SYM, strings.index(b"\0" + n.encode() + b"\0") + 1, 0x10, 0, 0, 0, 0)
        for n in names
    )
    relocations = b"".join(
        struct.pack("<QQ", at, names.index(n) + 1 << 32 | R_64_32) for at, n in linked.syscalls
    )
    rodata = text + text_size + (-(text + text_size) % 8)
    dynamic = len(image)
    dynsym = dynamic + 7 * 16
    dynstr = dynsym + len(symbols)
    rel = dynstr + len(strings) + (-(dynstr + len(strings)) % 8)
    table = [
        (17, rel),
        (18, len(relocations)),
        (19, 16),
        (6, dynsym),
        (11, 24),
        (5, dynstr),
        (0, 0),
    ]
    image += b"".join(struct.pack("<QQ", *entry_) for entry_ in table) + symbols + strings
    image += bytes(rel - len(image)) + relocations
    section_names = b"\0.text\0.rodata\0.dynamic\0.dynsym\0.dynstr\0.rel.dyn\0.shstrtab\0"
    shstrtab = len(image)
    image += section_names
    image += bytes(-len(image) % 8)
    rows = [
        ("", 0, 0, 0, 0, 0, 0, 0, 0),
        (".text", 1, 6, text, text_size, 0, 0, 8, 0),
        (".rodata", 1, 2, rodata, dynamic - rodata, 0, 0, 8, 0),
        (".dynamic", 6, 2, dynamic, 7 * 16, 5, 0, 8, 16),
        (".dynsym", 11, 2, dynsym, len(symbols), 5, 1, 8, 24),
        (".dynstr", 3, 2, dynstr, len(strings), 0, 0, 1, 0),
        (".rel.dyn", 9, 2, rel, len(relocations), 4, 0, 8, 16),
        (".shstrtab", 3, 0, shstrtab, len(section_names), 0, 0, 1, 0),
    ]
    headers = len(image)
    for name, kind, flags, at, size, link_, info, align, width in rows:
        name_at = section_names.index(b"\0" + name.encode() + b"\0") + 1 if name else 0
        image += struct.pack(
            SHDR, name_at, kind, flags, at if flags else 0, at, size, link_, info, align, width
        )
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    struct.pack_into(
        EHDR, image, 0, ident, 3, EM_BPF, 1, entry, 64, headers, 0, 64, 56, 3, 64, len(rows), 7
    )
    for i, (kind, flags, at, size) in enumerate(
        [(1, 5, text, text_size), (1, 4, rodata, shstrtab - rodata), (2, 4, dynamic, 7 * 16)]
    ):
        struct.pack_into(PHDR, image, 64 + i * 56, kind, flags, at, at, at, size, size, 8)
    return bytes(image)


def main(source: str, target: str) -> None:
    """`python -m chain.local.linker market.o market.so`."""
    Path(target).write_bytes(link(Path(source).read_bytes()))


if __name__ == "__main__":
    main(*sys.argv[1:3])
