"""What the OpenAPI document says about refusals and permission, said once."""

from typing import Any

from api.models.base import ProblemDocument
from api.problems import MEDIA_TYPE, Problem, document

#: Names of the ways to say who asks.
KEY, TOKEN = "apiKey", "walletToken"

#: For routes that nobody in particular may read.
KEY_ONLY: dict[str, Any] = {"security": [{KEY: []}]}
TOKEN_OR_KEY: dict[str, Any] = {"security": [{TOKEN: []}, {KEY: []}]}

#: Status -> what it means and a refusal as one may look.
_SAID = {
    400: (
        "A cursor or a body cannot be read.",
        "bad-cursor",
        "The cursor cannot be used: it is too long.",
    ),
    401: ("No valid key or token was shown.", "unauthorized", "The API key is not valid."),
    403: ("What was shown does not allow this.", "forbidden", "These are another wallet's."),
    404: ("There is no such thing.", "not-found", "There is no market 'abab…'."),
    409: (
        "It contradicts what is stored.",
        "stale-nonce",
        "A ballot with this or a higher nonce is stored.",
    ),
    413: ("The body is too large.", "body-too-large", "A body may have 16384 bytes."),
    422: ("A parameter or the body is not valid.", "validation", "Not valid: limit."),
    429: (
        "The limit is used up; `Retry-After` says for how long.",
        "rate-limited",
        "The limit of 100 requests a minute is used up.",
    ),
    500: ("An error of ours.", "internal", "An error of ours; it has been recorded."),
    503: (
        "Something needed is away; `Retry-After` says when to try again.",
        "unavailable",
        "A server behind this route does not answer just now.",
    ),
}
_ANY_ROUTE = (401, 422, 429, 500, 503)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for `statuses`, besides those that any route may give."""
    told: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*statuses, *_ANY_ROUTE}):
        told[status] = (
            _refusal(status) if status != 304 else {"description": "Your copy is current."}
        )
    return told


def _refusal(status: int) -> dict[str, Any]:
    meaning, slug, detail = _SAID[status]
    example = document(Problem(status, slug, detail), "/markets")
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    content = {MEDIA_TYPE: {"schema": schema, "example": example}}
    return {"description": meaning, "model": ProblemDocument, "content": content}
