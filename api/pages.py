"""What people open in a browser: the live page, the readers of our documents, their files.

All of it is static and vendored; a browser needs nobody but this process. The pages know nothing
that the API does not tell who asks: the operators' desk asks with an operator's key.
"""

import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER = Path(__file__).parent
_STATIC = _FOLDER / "static"

ASSETS = "/assets"
#: Revalidated each time by its ETag, so that a new release is seen at once.
_FRESH = {"Cache-Control": "no-cache"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: The reader of OpenAPI styles its shadow tree with <style> elements.
_READER_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


class _Assets(StaticFiles):
    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers.update(_FRESH)
        return answer


async def _board(_: Request) -> Response:
    headers = {**_FRESH, "Content-Security-Policy": _POLICY}
    return FileResponse(_STATIC / "index.html", headers=headers)


async def _desk(_: Request) -> Response:
    headers = {**_FRESH, "Content-Security-Policy": _POLICY}
    return FileResponse(_STATIC / "ops.html", headers=headers)


async def _reader(_: Request) -> Response:
    headers = {**_FRESH, "Content-Security-Policy": _READER_POLICY}
    return FileResponse(_STATIC / "docs.html", headers=headers)


async def _asyncapi(_: Request) -> Response:
    return FileResponse(_FOLDER / "asyncapi.yaml", media_type="application/yaml", headers=_FRESH)


def routes() -> list[BaseRoute]:
    """The live page, the operators' desk, the documentation, their assets, and the WebSocket's description."""
    return [
        Route("/", _board),
        Route("/ops", _desk),
        Route("/docs", _reader),
        Route("/asyncapi.yaml", _asyncapi),
        Mount(ASSETS, _Assets(directory=_STATIC)),
    ]
