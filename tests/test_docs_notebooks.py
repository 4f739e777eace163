"""The notebooks of the documentation run from their first cell to their last, and show what they say.

They are committed without outputs: those would name the machine that made them, drown every change in markup, and most
places that show notebooks drop the style that they are drawn with. So they are run here instead.
"""

import asyncio
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import QQHome

DIRECTORY = Path(__file__).parent.parent / "docs" / "notebooks"
NOTEBOOKS = sorted(DIRECTORY.glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    assert isinstance(notebook, nbformat.NotebookNode)
    return notebook


def shown(notebook: nbformat.NotebookNode) -> str:
    """All that the cells put out, in every form."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    drawn = "\n".join(str(one.get("data", "")) for one in outputs)
    printed = "".join(one.get("text", "") for one in outputs)  # one line may come in pieces
    return f"{drawn}\n{printed}"


def test_there_is_one() -> None:
    assert [path.name for path in NOTEBOOKS] == ["what-happens-to-my-files.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_it_is_committed_without_outputs(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert {len(cell.outputs) for cell in code} == {0} and {cell.execution_count for cell in code} == {None}


def test_what_happens_to_my_files(qq_home: QQHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = read(DIRECTORY / "what-happens-to-my-files.ipynb")
    asyncio.run(NotebookClient(notebook, timeout=60, kernel_name="python3").async_execute(cwd=str(tmp_path)))
    told = shown(notebook)
    assert told.count("<svg") >= 5 and told.count('class="qq"') >= 9
    for words in ("transfer_mode: success → always", "exit 42", "→ qq recover", "lost: md0002.xtc", "md.log.before-"):
        assert words in told
    assert "True" in told  # the archive is the same as if nothing had happened
    assert str(Path.home()) == str(qq_home.home)
