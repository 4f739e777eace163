"""The reference names every key of a record, every variable of a script, every state and every exit code."""

from pathlib import Path

import pytest

from qq.core import exitcodes
from qq.core.records.infofile import JOB
from qq.core.records.nested import FAILURE, KILLED_BY, LOOP, WORK_DIR
from qq.core.script_environment import script_environment
from qq.core.states import RealState
from qq.core.why import Rule
from tests.core.jobs import a_loop_job

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def read(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("key", [field.key for field in (*JOB, *LOOP, *FAILURE, *KILLED_BY, *WORK_DIR)])
def test_every_key_of_a_record_is_explained(key: str) -> None:
    assert f"`{key}`" in read("info-file.md")


def test_every_variable_of_a_script_is_explained() -> None:
    page = read("environment.md")
    assert [name for name in script_environment(a_loop_job(), 1) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("state", RealState)
def test_every_state_is_explained(state: RealState) -> None:
    assert f"| {state} |" in read("states.md")


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_listed_with_its_number(rule: Rule) -> None:
    assert f"| {rule.number} | {rule.sentence} |" in read("states.md")


@pytest.mark.parametrize("name", [name for name in vars(exitcodes) if name.isupper()])
def test_every_exit_code_is_explained(name: str) -> None:
    page = read("exit-codes.md")
    code = getattr(exitcodes, name)
    assert f"| {code} |" in page or f"| {code} (`" in page
