"""Fixtures that every test may use: a home of its own, a directory with an awkward name, an ordinary user."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from tests.profiles import load_profile

load_profile()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Begun in the background of a script; what tests start would inherit that and ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

NASTY_NAME = 'it\'s a "dir" \\ with $HOME\nand more'
NOBODY = "65534"

Command = Callable[[Sequence[str]], list[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first (whole jobs, then properties), or one worker works alone at the end."""
    first = ("whole", "property_tests")
    items.sort(key=lambda item: next((at for at, name in enumerate(first) if name in item.path.parts), len(first)))


class QQHome(Struct, frozen=True, kw_only=True):
    """Where a test's qq keeps everything, and the environment that says so (for child processes)."""

    home: Path
    state: Path
    cache: Path
    config: Path
    env: Mapping[str, str]


def _clean_environment() -> dict[str, str]:
    """The test run's environment without anything of qq's, of a batch system's or of an outer job's."""
    foreign = ("QQ_", "SLURM_", "SBATCH_", "PBS_", "XDG_", "PYTEST_", "COV_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


@pytest.fixture
def qq_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QQHome:
    """A private home with XDG directories, in `os.environ` too; the environment's own `qq` stands first on PATH."""
    home = tmp_path / "home"
    places = {
        "HOME": home,
        "XDG_STATE_HOME": home / "state",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_CONFIG_HOME": home / "config",
    }
    for place in places.values():
        place.mkdir()
    env = _clean_environment() | {name: str(place) for name, place in places.items()}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    for name in set(os.environ) - set(env):
        if not name.startswith(("PYTEST_", "COV_")):
            monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return QQHome(
        home=home,
        state=places["XDG_STATE_HOME"],
        cache=places["XDG_CACHE_HOME"],
        config=places["XDG_CONFIG_HOME"],
        env=env,
    )


@pytest.fixture
def nasty_dir(tmp_path: Path) -> Path:
    """A directory with quotes, blanks, a backslash, a dollar sign and a newline in its name."""
    path = tmp_path / NASTY_NAME
    path.mkdir()
    return path


def _setpriv(*options: str) -> list[str]:
    program = shutil.which("setpriv")
    if program is None:
        pytest.fail("setpriv is missing: as root, tests about permissions need it (apt-get install util-linux)")
    return [program, *options, "--"]


@pytest.fixture
def as_ordinary_user() -> Command:
    """argv → the same command as another, ordinary user (nobody) when the tests run as root; unchanged when not.

    The command, its interpreter and its files must be in reach of that user: `tmp_path` is not.
    """

    def command(argv: Sequence[str]) -> list[str]:
        if os.geteuid() != 0:
            return list(argv)
        return [*_setpriv("--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"), *argv]

    return command


@pytest.fixture
def without_privileges() -> Command:
    """argv → the same command, by the same user, without root's power to pass by permissions.

    Root that lost its capabilities is refused by modes as anybody is, yet reaches `tmp_path` and the interpreter.
    """

    def command(argv: Sequence[str]) -> list[str]:
        if os.geteuid() != 0:
            return list(argv)
        return [*_setpriv("--bounding-set", "-all", "--inh-caps", "-all"), *argv]

    return command
