"""The typed Python client: pages over REST, and a socket that comes back without losing anything."""

from oddsline.client.rest import Rest
from oddsline.client.socket import Gap, follow

__all__ = ["Gap", "Rest", "follow"]
