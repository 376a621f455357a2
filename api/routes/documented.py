"""What the OpenAPI document says about refusals, said once."""

from typing import Any

from api.models.base import ProblemDocument
from api.problems import MEDIA_TYPE

_SAID = {
    304: "The client's copy is current.",
    400: "The cursor cannot be used.",
    401: "No valid key or token was shown.",
    403: "What was shown does not allow this.",
    404: "There is no such thing.",
    409: "It contradicts what is stored.",
    413: "The body is too large.",
    422: "A parameter or the body is not valid.",
    429: "The limit is used up; `Retry-After` says for how long.",
    503: "Something needed is away; `Retry-After` says when to try again.",
}

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for `statuses`, besides those that any route may give."""
    told: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*statuses, 401, 422, 429, 503}):
        told[status] = {"description": _SAID[status]}
        if status != 304:
            told[status] |= {"model": ProblemDocument, "content": _PROBLEM}
    return told
