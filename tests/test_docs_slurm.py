"""The page of what qq relies on with Slurm names every recording, and every state as the program takes it."""

import re
from pathlib import Path

import pytest

from qq.core.schedulers.slurm_states import STATES
from tests.core.schedulers.slurm_recordings import DIRECTORY

PAGE = (Path(__file__).parent.parent / "docs" / "reference" / "slurm-facts.md").read_text(encoding="utf-8")
RECORDINGS = sorted(path.stem for path in DIRECTORY.iterdir())
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_shows_something(name: str) -> None:
    assert any(f"`{name}`" in row[-1] for row in ROWS)


def test_no_recording_is_named_that_is_not_there() -> None:
    facts = [row for row in ROWS if len(row) == 2 and not row[1].startswith("`BOOT")]
    states = {f"`{word}`" for word in STATES}
    named = {word for row in facts for word in re.findall(r"`[^`]+`", row[1])} - states
    assert {word.strip("`") for word in named} == set(RECORDINGS)


@pytest.mark.parametrize("word", STATES)
def test_every_state_stands_where_it_belongs(word: str) -> None:
    (row,) = [row for row in ROWS if f"`{word}`" in row[-1].split(", ")]
    assert row[0] == STATES[word][1]
