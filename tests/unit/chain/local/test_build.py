"""The committed program is what its sources give, and the linker refuses what the loader would."""

import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from solders.keypair import Keypair
from solders.litesvm import LiteSVM

from chain.local.build import TARGET, build
from chain.local.linker import LinkError, link

needs_ziglang = pytest.mark.skipif(
    importlib.util.find_spec("ziglang") is None, reason="ziglang is not installed: cannot rebuild"
)
Compile = Callable[[str], bytes]


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """Builds a program from C text."""

    def compile_text(text: str) -> bytes:
        source = tmp_path / "tiny.c"
        source.write_text(text)
        return build(source)

    return compile_text


@needs_ziglang
def test_the_sources_give_the_committed_bytes():
    """Rebuilding market.so changes nothing: run `python -m chain.local.build` after an edit."""
    assert build() == TARGET.read_bytes()


def test_the_vm_loads_the_committed_program():
    """LiteSVM's verifier accepts market.so."""
    vm, address = LiteSVM(), Keypair().pubkey()

    vm.add_program(address, TARGET.read_bytes())

    account = vm.get_account(address)
    assert account is not None
    assert account.executable


@needs_ziglang
def test_constants_syscalls_and_inner_calls_are_linked(compiled: Compile):
    """A program with a table of pointers, a call inside and a syscall loads."""
    so = compiled(
        "typedef unsigned long long u64; u64 sol_log_(const char *text, u64 len);\n"
        "struct word { const char *text; u64 len; };\n"
        "__attribute__((noinline)) static u64 say(const char *t) { return sol_log_(t, 2); }\n"
        'u64 entrypoint(char *in) { return say("hi") + say(in + 8); }\n'
    )

    vm, address = LiteSVM(), Keypair().pubkey()
    vm.add_program(address, so)

    account = vm.get_account(address)
    assert account is not None
    assert account.executable


@needs_ziglang
def test_writable_data_is_refused(compiled: Compile):
    """A global that can change has no place in the VM."""
    with pytest.raises(LinkError, match=r"writable data"):
        compiled("int counter = 7; int entrypoint(char *in) { return counter += *in; }")


@needs_ziglang
def test_a_program_without_entrypoint_is_refused(compiled: Compile):
    """The loader would not know where to begin."""
    with pytest.raises(LinkError, match="entrypoint"):
        compiled("int start(char *in) { return *in; }")


def test_another_machine_is_refused():
    """Only relocatable BPF objects are linked."""
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", *[1, 62] + [0] * 11
    )

    with pytest.raises(LinkError, match="BPF"):
        link(header)
