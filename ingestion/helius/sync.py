"""Bring the webhook to what the settings ask for; the command and the sensor call this."""

from pydantic import Field

from ingestion.helius.client import HELIUS_URL, HeliusClient
from ingestion.helius.reconcile import Desired, Finding, reconcile
from oddsline.settings import Settings


class HeliusSettings(Settings):
    """What managing the webhook needs."""

    database_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    redis_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    program_id: str
    helius_api_key: str = Field(repr=False)
    helius_auth: str = Field(repr=False)
    helius_url: str = Field(HELIUS_URL, pattern=r"^https?://")
    webhook_url: str = Field(pattern=r"^https?://")  # our intake, as Helius reaches it
    helius_devnet: bool = False

    def desired(self) -> Desired:
        """The webhook that these settings ask for; of two secrets the first is the new one."""
        secret = self.helius_secrets[0]
        return Desired(self.webhook_url, self.program_id, secret, devnet=self.helius_devnet)


async def synchronise(settings: HeliusSettings, *, apply: bool) -> Finding:
    """Compare, and with `apply` carry out what is to be done; returns what was found.

    Raises:
        HeliusError: a call failed; what was done before it stays done.
    """
    async with HeliusClient(settings.helius_api_key, url=settings.helius_url) as client:
        finding = reconcile(settings.desired(), await client.webhooks())
        if apply:
            for action in finding.actions:
                await client.do(action)
        return finding
