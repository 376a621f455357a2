"""Why a landing failed: is it the rows, or is it the server?"""

import asyncpg

#: SQLSTATE classes that blame the data: a retry of the same rows fails the same way.
_DATA_CLASSES = ("22", "23")


class LandingUnavailable(Exception):
    """Nothing was acknowledged; the same items may be sent again at any time."""


def blames_rows(error: BaseException) -> bool:
    """Whether landing these very rows again must fail again."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] in _DATA_CLASSES
    # asyncpg's client-side DataError (a value that does not fit its column) is a ValueError.
    return isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
