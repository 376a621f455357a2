"""All processes of a line: started stage by stage, stopped in the opposite order."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from oddsline import health
from oddsline.embedded.program import port_taken
from oddsline.supervisor import metrics
from oddsline.supervisor.process import Managed, State
from oddsline.supervisor.spec import Spec, Stage

#: A supervisor killed a moment ago leaves ports busy while its children end, in seconds.
_PORT_PATIENCE = 3.0


class PortTakenError(Exception):
    """Something else listens on a port we need; the message names port and setting."""


@dataclass
class Supervisor:
    """Runs the stages of a line.

    Attributes:
        stages: what starts, in order.
        logs: folder of one log file per process.
        host: where ports are looked at.
        say: tells a person what happened, one sentence a call.
        patience: seconds each stage may take to become well.
        port: where its own health and metrics are served; None = nowhere.
    """

    stages: Sequence[Stage]
    logs: Path
    host: str = "127.0.0.1"
    say: Callable[[str], None] = print
    patience: float = 90.0
    port: int | None = None
    processes: dict[str, Managed] = field(default_factory=dict)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Bring everything up; on any failure what was started is stopped again.

        Raises:
            PortTakenError: a port is in use.
            TimeoutError: a process did not become well.
        """
        await self._check_ports()
        try:
            await self._serve()
            for stage in self.stages:
                await self._start_stage(stage)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything, last started first."""
        for stage in reversed(self.stages):
            names = [spec.name for spec in stage.specs if spec.name in self.processes]
            await asyncio.gather(*(self.processes[name].stop() for name in names))
        await self._open.aclose()

    async def restart(self, names: Iterable[str]) -> None:
        """Start these processes anew, one after the other, each well before the next."""
        for name in names:
            if name in self.processes:
                await self.processes[name].stop()
                self.processes[name].launch()
                await self.processes[name].wait_ready(self.patience)

    async def wait_ready(self, seconds: float | None = None) -> None:
        """Wait until every process is well."""
        limit = seconds or self.patience
        await asyncio.gather(*(each.wait_ready(limit) for each in self.processes.values()))

    @property
    def is_well(self) -> bool:
        """Whether every process is well now."""
        return all(each.state is State.READY for each in self.processes.values())

    async def _serve(self) -> None:
        if self.port is None:
            return
        state = health.Health("supervisor", registry=metrics.registry(self.processes))
        state.check("processes", self._check)
        try:
            await self._open.enter_async_context(health.serve(state, self.host, self.port))
        except OSError:
            raise PortTakenError(
                f"port {self.port} is taken, the supervisor's metrics need it: stop what listens "
                "there or set ODDSLINE_SUPERVISOR_PORT to another port"
            ) from None

    async def _check(self) -> None:
        unwell = [name for name, each in self.processes.items() if each.state is not State.READY]
        if unwell:
            raise RuntimeError(f"not well: {', '.join(unwell)}")

    async def _start_stage(self, stage: Stage) -> None:
        started = [self._launch(spec) for spec in stage.specs]
        if stage.wait:
            await asyncio.gather(*(each.wait_ready(self.patience) for each in started))
        for what, action in stage.then:
            began = time.monotonic()
            await action()
            took = time.monotonic() - began
            if took > 1:
                self.say(f"{what}: {took:.1f} s")

    def _launch(self, spec: Spec) -> Managed:
        managed = Managed(spec, self.logs / f"{spec.name}.log", self.say)
        self.processes[spec.name] = managed
        managed.launch()
        return managed

    async def _check_ports(self) -> None:
        specs = [spec for stage in self.stages for spec in stage.specs if spec.port]
        until = time.monotonic() + _PORT_PATIENCE
        while taken := [spec for spec in specs if port_taken(self.host, spec.port or 0)]:
            if time.monotonic() > until:
                raise PortTakenError("\n".join(_complaint(spec) for spec in taken))
            await asyncio.sleep(0.2)


def _complaint(spec: Spec) -> str:
    return (
        f"port {spec.port} is taken, {spec.name} needs it: stop what listens there "
        f"or set {spec.setting} to another port"
    )
