"""The floor: a constant body from a bare ASGI app on the uvicorn that serves the API."""

import json
import os
from typing import Any

import uvicorn

BODIES: dict[str, bytes] = {
    path: (b"{" + b"x" * (size - 2) + b"}")
    for path, size in json.loads(os.environ["SIZES"]).items()
}


async def app(scope: dict[str, Any], _: Any, send: Any) -> None:
    """Answer with as many bytes as the API does under this path's first part."""
    body = BODIES[scope["path"].rpartition("/floor/")[2]]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
    )
