"""What a node answers becomes a value or a failure whose class says what to do."""

import json
from typing import Any

import httpx2
import pytest

from chain.rpc import Rpc
from chain.rpc_errors import (
    BlockGone,
    NodeBehind,
    Permanent,
    PreflightFailed,
    RateLimited,
    RpcError,
    SlotSkipped,
    Transient,
    Unsupported,
)

URL = "http://node.invalid/?api-key=secret"


def node(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> Rpc:
    """A client whose node always answers this; bytes as they are, else as JSON."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def handle(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, headers=headers)

    rpc = Rpc(URL)
    rpc._client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    return rpc


CODES: list[tuple[int, type[RpcError]]] = [
    (-32001, BlockGone),
    (-32002, PreflightFailed),
    (-32004, NodeBehind),
    (-32005, NodeBehind),
    (-32007, SlotSkipped),
    (-32009, SlotSkipped),
    (-32014, NodeBehind),
    (-32015, Permanent),
    (-32016, NodeBehind),
    (-32601, Unsupported),
    (-32602, Permanent),
    (-32603, Transient),
]


@pytest.mark.parametrize(("code", "kind"), CODES)
async def test_solanas_error_codes_have_classes(code: int, kind: type[RpcError]):
    async with node({"error": {"code": code, "message": "no", "data": {"err": "X"}}}) as rpc:
        with pytest.raises(kind) as failed:
            await rpc.get_slot()

    assert type(failed.value) is kind
    assert failed.value.code == code


STATUSES = [(429, RateLimited), (408, Transient), (500, Transient), (503, Transient)]


@pytest.mark.parametrize(("status", "kind"), [*STATUSES, (403, Permanent), (404, Permanent)])
async def test_http_statuses_have_classes(status: int, kind: type[RpcError]):
    async with node(b"<html>", status, {"retry-after": "7"}) as rpc:
        with pytest.raises(kind) as failed:
            await rpc.get_slot()

    if isinstance(failed.value, Transient):
        assert failed.value.retry_after == 7.0


@pytest.mark.parametrize("answer", [b"", b"oops", [], {}, {"result": "x"}, {"result": None}])
async def test_an_answer_of_the_wrong_shape_may_pass(answer: Any):
    async with node(answer) as rpc:
        with pytest.raises(Transient):
            await rpc.get_slot()


async def test_a_node_that_cannot_be_reached_may_come_back_and_its_url_is_not_told():
    async with Rpc("http://127.0.0.1:1/?api-key=secret", timeout=2) as rpc:
        with pytest.raises(Transient) as failed:
            await rpc.get_slot()

    assert "secret" not in str(failed.value)


async def test_a_failed_preflight_tells_its_error():
    error = {"code": -32002, "message": "m", "data": {"err": "BlockhashNotFound", "logs": ["l"]}}
    async with node({"error": error}) as rpc:
        with pytest.raises(PreflightFailed) as failed:
            await rpc.send_transaction(b"x")

    assert (failed.value.err, failed.value.logs) == ("BlockhashNotFound", ["l"])


async def test_statuses_keep_their_order_and_their_errors():
    known = {"slot": 5, "err": {"InstructionError": [0, {"Custom": 1}]}, "confirmations": None}
    answer = {
        "result": {
            "context": {"slot": 9},
            "value": [None, {**known, "confirmationStatus": "finalized"}],
        }
    }
    async with node(answer) as rpc:
        slot, statuses = await rpc.get_signature_statuses(["a", "b"])

    assert (slot, statuses[0]) == (9, None)
    assert statuses[1] is not None
    assert statuses[1].err == known["err"]
    assert statuses[1].finalized
