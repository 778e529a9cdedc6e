"""What several rules read."""

import subprocess
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    """Every text of the screens, as `scripts/messages` finds them."""
    template = tmp_path_factory.mktemp("texts") / "messages.pot"
    subprocess.run([ROOT / "scripts/messages", "--extract", template], check=True, timeout=60)
    with template.open("rb") as file:
        return [message for message in read_po(file) if message.id]
