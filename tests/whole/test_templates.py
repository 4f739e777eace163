"""`qq template`: what it writes and refuses, and that every script works, over cycles, stopped half-way, extended."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from qq.core.directives import SHEBANG
from tests.whole import templates
from tests.whole.desk import Desk, make_desk

ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).parent / "stand_in"
TEMPLATES = ["gromacs-flex", "gromacs-loop", "gromacs-replicas", "python-loop"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk on which `gmx` is the stand-in."""
    desk = make_desk(tmp_path)
    return Desk(desk.top, desk.home, {**desk.env, "PATH": f"{STAND_IN}:{desk.env['PATH']}"})


@pytest.mark.parametrize(
    "play", [templates.gromacs_loop, templates.gromacs_flex, templates.gromacs_replicas, templates.python_loop]
)
def test_a_script_runs_is_stopped_goes_on_and_is_extended(play: Callable[[Desk], None], desk: Desk) -> None:
    play(desk)


def test_without_a_name_they_are_listed_each_in_a_line_that_fits(desk: Desk) -> None:
    lines = desk.qq("template").splitlines()
    assert [line.split("  ")[0] for line in lines] == TEMPLATES
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_printed_is_what_is_written_and_can_be_submitted(name: str, desk: Desk) -> None:
    desk.qq("template", name, "-o", "run.sh")
    text = (desk.top / "run.sh").read_text()
    assert text == desk.qq("template", name)
    assert text.startswith(f"{SHEBANG}\n# ")
    assert " <-- " in text
    assert "nothing was submitted" in desk.qq("submit", "--dry-run", "run.sh", "--ncpus", "1")


def test_what_is_there_already_stays_as_it_is(desk: Desk) -> None:
    (desk.top / "run.sh").write_text("mine")
    done = desk.run("template", "python-loop", "-o", "run.sh")
    assert (done.returncode, done.stdout) == (91, "")
    assert done.stderr == "qq: run.sh: not written: there is such a file already; choose another name\n"
    assert (desk.top / "run.sh").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["gromacs-lop"], 2, "no such template: gromacs-lop; did you mean 'gromacs-loop'?"),
        (["amber"], 2, "no such template: amber; there are gromacs-flex, gromacs-loop,"),
        (["-o", "run.sh"], 2, "-o needs a template: gromacs-flex,"),
        (["python-loop", "-o", "nowhere/run.sh"], 91, "nowhere/run.sh: not written: no such file or directory"),
    ],
)
def test_refusals(words: list[str], code: int, said: str, desk: Desk) -> None:
    done = desk.run("template", *words)
    assert done.returncode == code
    assert done.stderr.startswith(f"qq: {said}")
    assert done.stderr.count("\n") == 1


def test_the_scripts_are_in_the_wheel(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    argv += ["--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path), str(ROOT)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    found = [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("qq/templates/")]
    assert sorted(found) == [f"qq/templates/{name}" for name in TEMPLATES]
