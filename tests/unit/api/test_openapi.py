"""The committed OpenAPI document is the one that is served."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from api.application import framework
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


if __name__ == "__main__":
    COMMITTED.write_text(json.dumps(served(), indent=1, sort_keys=True) + "\n")
