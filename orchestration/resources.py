"""What steps and sensors are handed: the line they work on."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from oddsline import blocking, settings


class Line(dg.ConfigurableResource[None]):
    """The line a run works on: the one the settings name, or (in tests) another database."""

    database_url: str | None = None

    @property
    def url(self) -> str:
        """The owner's connection string.

        Raises:
            SettingsError: ODDSLINE_DATABASE_URL is not set.
        """
        return self.database_url or settings.load().database_url

    @contextmanager
    def database(self) -> Iterator[blocking.Connection]:
        """One transaction on the line's database."""
        with blocking.session(self.url, name="orchestration") as connection:
            yield connection
