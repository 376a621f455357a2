"""The committed OpenAPI document is the one that is served."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from jsonschema import Draft202012Validator

from api.application import framework
from api.examples import BY_NAME, has_example
from oddsline.health import Health

COMMITTED = Path(__file__).parents[3] / "api" / "openapi.json"


def served() -> dict[str, Any]:
    return framework(cast("Any", SimpleNamespace(health=Health("api")))).openapi()


def test_the_committed_document_is_current():
    """A changed route shows in the diff; `python -m tests.unit.api.test_openapi` writes it anew."""
    assert json.loads(COMMITTED.read_text()) == served()


def test_every_route_documents_its_refusals():
    """At least the limit and validation, as problems."""
    for path, methods in served()["paths"].items():
        for method, operation in methods.items():
            assert {"422", "429"} <= set(operation["responses"]), (method, path)


def test_every_refusal_shows_a_problem_as_it_would_come():
    """Each has an example, which is a problem of its status."""
    schema = validator("#/components/schemas/ProblemDocument")
    for path, methods in served()["paths"].items():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    example = response["content"]["application/problem+json"]["example"]
                    schema.validate(example)
                    assert str(example["status"]) == status, path


def test_every_member_and_parameter_has_an_example_that_is_valid():
    """What a reader copies works."""
    told = served()
    members = {
        f"{schema}.{name}": member
        for schema, described in told["components"]["schemas"].items()
        for name, member in described.get("properties", {}).items()
    } | {
        f"{path} {parameter['name']}": parameter["schema"]
        for path, methods in told["paths"].items()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
    }

    assert [name for name, member in members.items() if not has_example(member)] == []
    for member in members.values():
        for example in member.get("examples", ()):
            Draft202012Validator({**member, "components": told["components"]}).validate(example)


def test_every_named_example_is_used():
    """None is left over from a member that went."""
    told = json.dumps(served())

    assert [name for name in BY_NAME if f'"{name}"' not in told] == []


def test_who_may_ask_is_told():
    """A key where there is one, and nobody in particular where that is enough."""
    told = served()

    assert set(told["components"]["securitySchemes"]) == {"apiKey", "walletToken"}
    assert told["security"] == [{}, {"apiKey": []}]
    positions = told["paths"]["/positions/{wallet}"]["get"]
    assert positions["security"] == [{"walletToken": []}, {"apiKey": []}]


def validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference, "components": served()["components"]})


if __name__ == "__main__":
    COMMITTED.write_text(json.dumps(served(), indent=1, sort_keys=True) + "\n")
