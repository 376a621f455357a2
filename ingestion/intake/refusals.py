"""Answers to a request that is refused as a whole; nothing of it was stored."""


class Refusal(Exception):
    """An HTTP status and why. Never 403: Helius does not send again after it."""

    def __init__(self, status: int, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after  # seconds
