"""What a Solana RPC node can answer wrongly, by class: whoever calls decides by the class alone.

No message carries the node's URL, since providers put keys into it.
"""

from __future__ import annotations

from typing import Any


class RpcError(Exception):
    """A call without a result.

    `code` is the JSON-RPC code or the HTTP status, where there was one; `data` the error's own.
    """

    def __init__(
        self, method: str, message: str, *, code: int | None = None, data: Any = None
    ) -> None:
        super().__init__(
            f"{method}: {message}" if code is None else f"{method}: {message} ({code})"
        )
        self.method = method
        self.code = code
        self.data = data


class Transient(RpcError):
    """May pass by itself: timeouts, lost connections, 5xx, overload, a node out of sorts."""

    retry_after: float | None = None  # seconds, where the node said


class RateLimited(Transient):
    """429; never a reason to give something up."""


class NodeBehind(Transient):
    """The node lacks what others have: unhealthy, below minContextSlot, block not yet there."""


class Permanent(RpcError):
    """The same call fails the same way."""


class Unsupported(Permanent):
    """The node does not offer the method."""


class SlotSkipped(Permanent):
    """No block was made in that slot, or the ledger keeps none."""


class BlockGone(Permanent):
    """The node has thrown the block away: it cannot vouch for what was in it."""


class PreflightFailed(Permanent):
    """The node simulated the transaction, it failed, and nothing was sent."""

    @property
    def err(self) -> Any:
        """The transaction error."""
        return self.data.get("err") if isinstance(self.data, dict) else None

    @property
    def logs(self) -> list[str]:
        """The simulation's log lines."""
        logs = self.data.get("logs") if isinstance(self.data, dict) else None
        return logs if isinstance(logs, list) else []


# https://github.com/anza-xyz/agave: rpc-client-api/src/custom_error.rs
_BY_CODE: dict[int, type[RpcError]] = {
    -32001: BlockGone,
    -32002: PreflightFailed,
    -32004: NodeBehind,  # block not available for the slot
    -32005: NodeBehind,  # node unhealthy, so many slots behind
    -32007: SlotSkipped,
    -32009: SlotSkipped,
    -32014: NodeBehind,  # block status not yet available
    -32016: NodeBehind,  # minimum context slot not reached
    -32601: Unsupported,
    -32603: Transient,  # internal error
    -32429: RateLimited,
    429: RateLimited,
}


def error_for(method: str, error: Any) -> RpcError:
    """The exception for a JSON-RPC error object."""
    if not isinstance(error, dict):
        return Transient(method, "an error that is no object")
    code = error.get("code")
    message = str(error.get("message", "no message"))[:500]
    kind = _BY_CODE.get(code, Permanent) if isinstance(code, int) else Permanent
    return kind(method, message, code=code, data=error.get("data"))


def error_for_status(method: str, status: int, retry_after: str | None) -> RpcError:
    """The exception for an HTTP status: 408, 429 and 5xx pass, all else stays."""
    failure: RpcError
    if status == 429:
        failure = RateLimited(method, "too many requests", code=status)
    elif status == 408 or status >= 500:
        failure = Transient(method, "the node failed", code=status)
    else:
        failure = Permanent(method, "the node refused", code=status)
    if isinstance(failure, Transient) and retry_after and retry_after.isdigit():
        failure.retry_after = float(retry_after)
    return failure
