"""Who asks: found out once for each request, before anything else happens."""

from dataclasses import dataclass

from api.keys import Key

#: Where the front door leaves the caller for the routes behind it.
SCOPE_KEY = "oddsline.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """An address, and the API key it showed, if any."""

    address: str
    key: Key | None
    request_id: str

    @property
    def counted_as(self) -> str:
        """The name by which requests are counted."""
        return f"key:{self.key.prefix}" if self.key else f"ip:{self.address}"

    @property
    def is_service(self) -> bool:
        return self.key is not None and self.key.is_service
