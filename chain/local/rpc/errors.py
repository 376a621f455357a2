"""JSON-RPC errors with the codes of Agave's rpc-client-api."""

from typing import Any

Json = Any

PARSE, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
INTERNAL = -32603
PREFLIGHT, SIGNATURE, BLOCK_NOT_AVAILABLE, UNHEALTHY = -32002, -32003, -32004, -32005
SLOT_SKIPPED, LONG_TERM_SKIPPED, BLOCK_CLEANED_UP = -32007, -32009, -32001
UNSUPPORTED_VERSION, MIN_CONTEXT_SLOT = -32015, -32016


class RpcError(Exception):
    """An answer that is an error object."""

    def __init__(self, code: int, message: str, data: Json = None) -> None:
        """`data` is left out of the answer when None."""
        super().__init__(message)
        self.code, self.message, self.data = code, message, data

    def body(self) -> dict[str, Json]:
        """The `error` member."""
        body = {"code": self.code, "message": self.message}
        return body if self.data is None else {**body, "data": self.data}


def invalid(message: str) -> RpcError:
    """A parameter of the wrong kind."""
    return RpcError(INVALID_PARAMS, f"Invalid params: {message}")


def unhealthy(slots_behind: int | None) -> RpcError:
    """The node lags; None when it cannot say by how much."""
    if slots_behind is None:
        return RpcError(UNHEALTHY, "Node is unhealthy", {"numSlotsBehind": None})
    message = f"Node is behind by {slots_behind} slots"
    return RpcError(UNHEALTHY, message, {"numSlotsBehind": slots_behind})


def skipped(slot: int) -> RpcError:
    """No block was ever made in this slot, or it fell off a fork."""
    return RpcError(
        SLOT_SKIPPED, f"Slot {slot} was skipped, or missing due to ledger jump to recent snapshot"
    )


def long_term_skipped(slot: int) -> RpcError:
    """Older than anything kept."""
    return RpcError(LONG_TERM_SKIPPED, f"Slot {slot} was skipped, or missing in long-term storage")


def not_available(slot: int) -> RpcError:
    """The slot lies ahead, or is not confirmed yet."""
    return RpcError(BLOCK_NOT_AVAILABLE, f"Block not available for slot {slot}")


def unsupported_version(version: int) -> RpcError:
    """The reader did not ask for versions this new."""
    return RpcError(
        UNSUPPORTED_VERSION,
        f"Transaction version ({version}) is not supported by the requesting client. "
        "Please try the request again with the following configuration parameter: "
        f'"maxSupportedTransactionVersion": {version}',
    )
