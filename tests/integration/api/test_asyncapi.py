"""The WebSocket's description: an AsyncAPI 3 document that says what really passes."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from api.socket.asked import Message
from api.socket.codes import Refused
from tests.integration.api.conftest import Api
from tests.support import asyncapi

#: From the npm package @asyncapi/specs (Apache-2.0), examples left out.
SCHEMA = Path(__file__).parent / "schemas" / "asyncapi-3.0.0.json"


def test_the_document_is_asyncapi_3():
    """By the specification's own schema."""
    schema = json.loads(SCHEMA.read_text())

    wrong = [error.message for error in Draft7Validator(schema).iter_errors(asyncapi.document())]

    assert wrong == []


def test_every_example_is_a_message_of_its_kind():
    """What a reader copies works."""
    messages = asyncapi.document()["components"]["messages"].values()
    examples = [e["payload"] for m in messages for e in m.get("examples", ())]

    assert examples
    for example in examples:
        asyncapi.check(example)


def test_error_codes_are_those_of_the_code():
    """Neither list has one more."""
    schemas = asyncapi.document()["components"]["schemas"]

    assert set(schemas["Error"]["properties"]["code"]["enum"]) == {code.value for code in Refused}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "subscribe:market", "market_id": "*", "after": {"epoch": "e", "pos": 1}, "id": 1},
        {"type": "unsubscribe:market", "market_id": "ab" * 32},
        {"type": "ping", "id": "mine"},
        {"type": "auth", "token": "t"},
    ],
)
def test_what_the_document_lets_a_client_say_is_understood(message: dict[str, object]):
    """The document and the parser agree on the client's side too."""
    asyncapi.check(message)

    assert Message.model_validate(message).root.type == message["type"]


def test_a_message_with_a_member_too_many_is_not_described():
    """The check can fail."""
    with pytest.raises(AssertionError, match="pong"):
        asyncapi.check({"type": "pong", "extra": 1})


async def test_the_document_is_served(api: Api):
    """As committed."""
    answer = await api.get("/asyncapi.yaml")

    assert yaml.safe_load(answer.text) == asyncapi.document()
