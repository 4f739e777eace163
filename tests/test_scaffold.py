"""The fixtures keep what they promise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command, QQHome
from tests.real.conftest import LONGEST


def test_a_home_of_its_own(qq_home: QQHome, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        assert Path(qq_home.env[name]).is_relative_to(tmp_path)
        assert os.environ[name] == qq_home.env[name]
    assert not [name for name in qq_home.env if name.startswith(("QQ_", "SLURM_", "PBS_"))]


def test_the_awkward_directory_has_every_awkward_character(nasty_dir: Path) -> None:
    assert nasty_dir.is_dir()
    assert set("'\" \\$\n") <= set(nasty_dir.name)


def test_what_takes_longest_on_real_machines_is_there_and_comes_first() -> None:
    real = Path(__file__).parent / "real"
    assert set(LONGEST) <= {path.name for path in real.rglob("test_*.py")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "real", "--collect-only", "-q", str(real)],
        cwd=real.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    names = [line.partition("::")[0].rpartition("/")[2] for line in done.stdout.splitlines() if "::" in line]
    assert tuple(dict.fromkeys(names))[: len(LONGEST)] == LONGEST


@pytest.mark.parametrize("who", ["as_ordinary_user", "without_privileges"])
def test_modes_hold_for_whoever_is_not_root(who: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    command: Command = request.getfixturevalue(who)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = subprocess.run(command(["touch", str(closed / "file")]), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Permission denied" in done.stderr
