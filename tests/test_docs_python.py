"""The page about Python names every public name, and its examples run, one after the other, on a real queue."""

import inspect
import re
from pathlib import Path

import pytest

import qq
from qq.shell.batch.local.client import open_queue
from tests.conftest import QQHome

PAGE = (Path(__file__).parent.parent / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SELECTING = {"ids", "dirs", "all", "states", "server"}
CALLS = [
    name for name in qq.__all__ if inspect.isfunction(each := getattr(qq, name)) and each.__module__ == "qq.shell.calls"
]


@pytest.mark.parametrize("name", [name for name in qq.__all__ if not name.startswith("_")])
def test_every_public_name_is_explained(name: str) -> None:
    assert re.search(rf"`(qq\.)?{name}\b", PAGE)


@pytest.mark.parametrize("name", CALLS)
def test_every_argument_of_a_call_is_explained(name: str) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `qq.") and f"`qq.{name}(" in line]
    (row,) = rows
    parameters = set(inspect.signature(getattr(qq, name)).parameters) - SELECTING - {"scripts", "options"}
    assert [each for each in parameters if f"`{each}" not in row] == []


def test_the_calls_are_all_there() -> None:
    assert len(CALLS) == 14


def test_the_examples_run(
    qq_home: QQHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "job"
    place.mkdir()
    (place / "run.sh").write_text("#!/usr/bin/env -S qq run\necho hello\n")
    monkeypatch.chdir(place)
    monkeypatch.setenv("QQ_BATCH_SYSTEM", "local")
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(compile(example, "python.md", "exec"), names)  # noqa: S102  our own page
    said = capsys.readouterr()
    assert "did you mean 'failed'?" in said.out
    assert said.err == ""
    assert len(EXAMPLES) == 8
    queue = open_queue(qq_home.env)
    assert not queue.jobs(user=None, ended=False).unwrap()
    queue.close()
