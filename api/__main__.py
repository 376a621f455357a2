"""`python -m api`: serve REST and WebSocket."""

import sys

from api.settings import ApiSettings
from oddsline import settings


def main() -> None:
    """Read the settings and serve, or say what is missing."""
    from api.server import run

    try:
        run(settings.load(ApiSettings))
    except settings.SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
