"""Build `market.so` from its C sources: `python -m chain.local.build`.

The compiler is the `ziglang` wheel's clang, pinned, so that the same sources give the same bytes
everywhere; a test compares them with the committed file. Running the program needs none of this.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from chain.local.linker import link

SOURCE = Path(__file__).parent / "program" / "market.c"
TARGET = Path(__file__).parent / "market.so"

#: v2 is the last instruction set without 32-bit jumps, which the SBPFv0 verifier refuses; the VM's
#: frames hold 4096 bytes; jump tables would need relocations inside `.text`.
FLAGS = [
    "-target",
    "bpfel-freestanding",
    "-fno-sanitize=all",
    "-mcpu=v2",
    "-O2",
    "-ffreestanding",
    "-fno-builtin",
    "-fno-jump-tables",
    "-fno-unroll-loops",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-g0",
    "-mllvm",
    "-bpf-stack-size=4096",
    "-Wall",
    "-Wextra",
    "-Werror",
]


def build(source: Path = SOURCE) -> bytes:
    """Compile and link the program.

    Args:
        source: the unit that includes all others.

    Returns:
        The shared object.

    Raises:
        subprocess.CalledProcessError: it does not compile; the compiler says why on stderr.
        chain.local.linker.LinkError: the loader would refuse what the compiler made.
    """
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "market.o"
        caches = {"ZIG_GLOBAL_CACHE_DIR": scratch, "ZIG_LOCAL_CACHE_DIR": scratch}
        subprocess.run(
            [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-c", source.name, "-o", made],
            check=True,
            cwd=source.parent,
            env={**os.environ, **caches},
        )
        return link(made.read_bytes())


if __name__ == "__main__":
    TARGET.write_bytes(build())
