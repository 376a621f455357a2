"""From a request's body to an answer's: single calls, batches, errors."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from prometheus_client import Counter

from chain.local.chain import Chain
from chain.local.faults import Faults, TimedOut
from chain.local.rpc import accounts, blocks, cluster, errors, lists, transactions
from chain.local.rpc.params import Params

Json = Any
Method = Callable[[Params], Json]

log = structlog.get_logger()
CALLS = Counter("oddsline_chain_rpc_calls_total", "RPC calls", ["method"])

METHODS: dict[str, Method] = {
    **accounts.METHODS,
    **blocks.METHODS,
    **cluster.METHODS,
    **lists.METHODS,
    **transactions.METHODS,
}
#: Methods that land something: answered only once it is on disk.
WRITES = frozenset({"sendTransaction", "requestAirdrop"})
MOST_IN_BATCH = 1000

_counters = {name: CALLS.labels(name) for name in METHODS}


def parse(body: bytes | None) -> list[Json]:
    """The calls of a request.

    Raises:
        RpcError: too large a body (None), not JSON, an empty batch or too many calls.
    """
    if body is None:
        raise errors.RpcError(errors.INVALID_REQUEST, "Request body too large")
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise errors.RpcError(errors.PARSE, "Parse error") from None
    calls = request if isinstance(request, list) else [request]
    if not calls or len(calls) > MOST_IN_BATCH:
        raise errors.RpcError(errors.INVALID_REQUEST, "Invalid request")
    return calls


def call(chain: Chain, faults: Faults, request: Json) -> dict[str, Json]:
    """One call's answer.

    Raises:
        TimedOut: the call took effect, but its caller shall not hear of it.
    """
    number = request.get("id") if isinstance(request, dict) else None
    try:
        name, params = _call_of(request)
        _counters[name].inc()
        result = faults.answer(chain, name, lambda: METHODS[name](Params(chain, params)))
    except errors.RpcError as error:
        return {"jsonrpc": "2.0", "error": error.body(), "id": number}
    except TimedOut:
        raise
    except Exception:
        log.exception("rpc_failed", request=request)
        internal = errors.RpcError(errors.INTERNAL, "Internal error")
        return {"jsonrpc": "2.0", "error": internal.body(), "id": number}
    return {"jsonrpc": "2.0", "result": result, "id": number}


def _call_of(request: Json) -> tuple[str, list[Json]]:
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        raise errors.RpcError(errors.INVALID_REQUEST, "Invalid request")
    if request["method"] not in METHODS:
        raise errors.RpcError(errors.METHOD_NOT_FOUND, "Method not found")
    params = request.get("params") or []
    if not isinstance(params, list):
        raise errors.invalid("params must be an array")
    return request["method"], params
