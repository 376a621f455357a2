"""How a server program is started so that it can neither be orphaned nor run as root."""

import ctypes
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

#: Root's servers run as this user, which every Linux has.
UNPRIVILEGED = "nobody"

_PR_SET_PDEATHSIG = 1

# Below what kernels give to outgoing connections (32768 and up on Linux, 49152 by IANA).
_PORTS = range(10_000, 32_768)


@dataclass(frozen=True)
class Program:
    """A program to start: what, as whom, and how it is asked to stop."""

    argv: list[str]
    user: int | None = None  #: uid to become; None = stay who we are
    stop_signal: signal.Signals = signal.SIGTERM
    env: dict[str, str] = field(default_factory=dict)  #: on top of our own
    cwd: Path | None = None

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that a terminal's Ctrl-C reaches only us."""
        with log.open("ab") as out:
            return subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | self.env,
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=child_hook(self.stop_signal),  # noqa: PLW1509 one system call
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )


def unprivileged_uid() -> int | None:
    """The uid for servers that refuse root, or None when we are not root anyway."""
    return pwd.getpwnam(UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None


def child_hook(stop: signal.Signals) -> Callable[[], None]:
    """What a child does before it becomes its program.

    It takes SIGINT and SIGTERM again: a shell's `&` switches the first off, some parents the second,
    and a program that ignores both cannot be asked to stop. On Linux it asks the kernel for `stop`
    when the thread that started it is gone, so that kill -9 of a supervisor leaves no orphans.
    """
    libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None

    def hook() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, int(stop), 0, 0, 0)

    return hook


def reachable(path: Path, uid: int | None) -> bool:
    """Whether `uid` could enter every folder above `path` (None = us, who can)."""
    if uid is None:
        return True
    return all(_may_enter(parent, uid) for parent in path.absolute().parents)


def place_for(path: Path, uid: int | None) -> Path:
    """`path` itself, or where root keeps it when `uid` cannot get there (say, under /root).

    The other place is chosen by the path, so the next start finds the same data.
    """
    if reachable(path, uid):
        return path.absolute()
    return Path("/var/lib/oddsline") / str(path.absolute()).strip("/").replace("/", "-")


def copied_for(binaries: Path, version: str, uid: int | None) -> Path:
    """A copy of `binaries` that `uid` can run, made once, when it cannot run the original."""
    if reachable(binaries / "bin", uid):
        return binaries
    copy = Path("/var/lib/oddsline/programs") / version
    if not copy.exists():
        half = copy.with_name(f"{version}.{os.getpid()}")
        shutil.copytree(binaries, half, symlinks=True)
        half.rename(copy)
    return copy


def port_taken(host: str, port: int) -> bool:
    """Whether something listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now, and that no outgoing connection will be given meanwhile."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
        return port


def _may_enter(folder: Path, uid: int) -> bool:
    if not folder.exists():
        return True  # we will make it, for all to enter
    stat = folder.stat()
    return bool(stat.st_mode & (0o100 if stat.st_uid == uid else 0o001))
