"""SQL lives in .sql files, each with one caller; what several lists share is a fragment.

`{{name}}` in a file is a fragment (sql/fragments/<name>.sql) or one of the parts a caller may
choose from a fixed table, such as a sort's column. A request's values are always parameters.
"""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
_PLACE = re.compile(r"\{\{(\w+)\}\}")


@cache
def load(name: str, **parts: str) -> str:
    """The text of sql/<name>.sql with its parts and fragments in place."""

    def fill(match: re.Match[str]) -> str:
        if match[1] in parts:
            return parts[match[1]]
        return (FOLDER / "fragments" / f"{match[1]}.sql").read_text().strip()

    return _PLACE.sub(fill, (FOLDER / f"{name}.sql").read_text())
