"""Messages judged by the committed AsyncAPI document; the socket tests' client asks it each time."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_API = Path(__file__).parents[2] / "api"
_NAME = "urn:oddsline/asyncapi.yaml"


def document() -> dict[str, Any]:
    """The committed document."""
    found: dict[str, Any] = yaml.safe_load((_API / "asyncapi.yaml").read_text())
    return found


@cache
def _schemas() -> dict[str, Draft202012Validator]:
    """Message type -> what judges its payload."""
    told = document()
    rest = json.loads((_API / "openapi.json").read_text())
    names = {_NAME: told, "urn:oddsline/openapi.json": rest, "openapi.json": rest}
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT202012.create_resource(contents)) for name, contents in names.items()
    )
    return {
        message["name"]: Draft202012Validator(
            {"$ref": _NAME + message["payload"]["$ref"]}, registry=registry
        )
        for message in told["components"]["messages"].values()
    }


def check(message: dict[str, Any]) -> None:
    """A message is one that the document describes.

    Raises:
        AssertionError: it is not; the first difference is named.
    """
    schema = _schemas().get(message["type"])
    assert schema is not None, f"the document has no {message['type']}"
    wrong = next(schema.iter_errors(message), None)
    assert wrong is None, f"{message['type']} {wrong.json_path if wrong else ''}: {wrong}"


def check_body(body: dict[str, Any]) -> None:
    """A body as the fold writes it, with what each connection adds, is a message.

    Raises:
        AssertionError: it is not.
    """
    check(body | {"prev_seq": body["seq"] - 1, "published_at": "2026-01-01T00:00:00Z"})
