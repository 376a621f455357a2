"""What the documents tell people to type exists."""

import re
from pathlib import Path

import pytest

from oddsline.cli import COMMANDS, installed

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def _makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_a_document_exist(document):
    """Every `./oddsline X` is in the table and installed; every `make X` is a target."""
    text = document.read_text()
    commands = set(re.findall(r"\./oddsline ([a-z]+)", text))
    targets = set(re.findall(r"(?:`|^\s*)make ([a-z-]+)", text, re.MULTILINE))

    assert commands <= set(COMMANDS)
    assert [name for name in commands if not installed(name)] == []
    assert targets <= _makefile_targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_linked_in_a_document_exist(document):
    """Relative links lead somewhere."""
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text())
    local = [link for link in links if "://" not in link]

    assert [link for link in local if not (document.parent / link).exists()] == []
