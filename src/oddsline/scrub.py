"""Takes secrets out of what leaves a process: log lines and error reports."""

import re
from functools import lru_cache
from typing import Any

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"(password|passwd|secret|authorization|cookie|token|api[-_]?key|jwt|dsn|keypair|"
    r"private|service_key|helius_auth|signed_bytes)",
    re.IGNORECASE,
)
#: user:password@ in a connection string, ?api-key=… of RPC providers, JWTs, our own API keys.
_SECRET_TEXT = (
    (re.compile(r"(\w+://[^:/@\s]*:)[^@/\s]+@"), rf"\1{HIDDEN}@"),
    (
        re.compile(
            r"([?&][\w.-]*(?:key|token|secret|jwt|sig|signature|password)=)[^&\s]+", re.IGNORECASE
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), HIDDEN),
    (re.compile(r"\bol_([0-9a-f]{12})_[A-Za-z0-9_-]{43}"), rf"ol_\1_{HIDDEN}"),
    (re.compile(r"(Bearer\s+)[\w.~+/=-]+", re.IGNORECASE), rf"\1{HIDDEN}"),
)
#: A text without any of these has nothing to hide: most log lines pay for one search, not for all.
_HINT = re.compile(r"@|[?&]|ol_|bearer|eyJ", re.IGNORECASE)
_DEPTH = 12


def scrub(value: Any, depth: int = _DEPTH) -> Any:
    """A copy of plain data without the values of secret-looking names and without passwords."""
    if depth == 0:
        return HIDDEN
    if isinstance(value, dict):
        return {
            key: HIDDEN if _is_secret(key) and item else scrub(item, depth - 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [scrub(item, depth - 1) for item in value]
    return scrub_text(value) if isinstance(value, str) else value


def scrub_text(text: str) -> str:
    """The text without passwords in URLs, provider keys, API keys and bearer tokens."""
    if _HINT.search(text) is None:
        return text
    for pattern, instead in _SECRET_TEXT:
        text = pattern.sub(instead, text)
    return text


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and _names_a_secret(name)


@lru_cache(maxsize=4096)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None
