"""The run scripts for GROMACS with the real one, as Debian has it: the same as `tests/whole/test_templates.py` does."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.whole import templates
from tests.whole.desk import Desk, make_desk

pytestmark = pytest.mark.real


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk; mpirun is told that it may run as root, and more processes than there are cpus."""
    for program in ("gmx", "gmx_mpi", "mpirun"):
        assert shutil.which(program), f"{program} is missing: scripts/real-needs installs it"
    desk = make_desk(tmp_path)
    mpi = {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }
    return Desk(desk.top, desk.home, {**desk.env, **mpi})


@pytest.mark.parametrize("play", [templates.gromacs_loop, templates.gromacs_flex, templates.gromacs_replicas])
def test_a_script_runs_is_stopped_goes_on_and_is_extended(play: Callable[[Desk], None], desk: Desk) -> None:
    play(desk)
