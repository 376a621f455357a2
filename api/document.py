"""The OpenAPI document: the framework's, with what holds for every route said once."""

from typing import Any

from fastapi import FastAPI

from api import examples
from api.routes.documented import KEY, TOKEN

_SCHEMES = {
    KEY: {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "`ol_<prefix>_<secret>`, made by `./oddsline keys create`; has its own limit.",
    },
    TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A wallet's token of some minutes, from `POST /auth/verify`.",
    },
}

#: Header -> what it says and an example.
_HEADERS = {
    "X-Request-ID": ("The request's name in our logs; yours if you sent one.", "9f2c1e7a40b84d5e"),
    "ETag": ("The data's version; send it as `If-None-Match`.", 'W/"8f0c-4711"'),
    "RateLimit-Limit": ("Requests a minute.", "100"),
    "RateLimit-Remaining": ("Of these left.", "97"),
    "RateLimit-Reset": ("Seconds until all are there again.", "2"),
    "Retry-After": ("Seconds to wait.", "3"),
}
_ALWAYS = ("X-Request-ID",)
_COUNTED = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class Documented(FastAPI):
    """FastAPI whose document tells how callers show who they are, and every answer's headers."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi())
        return self.openapi_schema


def _completed(told: dict[str, Any]) -> dict[str, Any]:
    components = told["components"]
    components["securitySchemes"] = _SCHEMES
    components["headers"] = {
        name: {"description": text, "schema": {"type": "string"}, "example": example}
        for name, (text, example) in _HEADERS.items()
    }
    told["security"] = [{}, {KEY: []}]  # nobody in particular, or a key
    examples.add(told)
    for operations in told["paths"].values():
        for operation in operations.values():
            _add_headers(operation["responses"])
    return told


def _add_headers(responses: dict[str, Any]) -> None:
    revalidates = "304" in responses
    for status, response in responses.items():
        names = [*_ALWAYS, *_COUNTED]
        if revalidates and status in {"200", "304"}:
            names.append("ETag")
        if status in {"429", "503"}:
            names.append("Retry-After")
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
