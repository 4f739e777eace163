"""Killed with SIGKILL anywhere between two files, everything is in the working directory or whole at home."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from qq.core.moments import Placed
from tests.shell.perform.trees import TOKEN, delivered, names_in, picture

FILES = 120
LIFE = """
import os, sys
from pathlib import Path
from qq.core.changes import portions
from qq.core.effects import ClearTemporary, Copy, Location, RemoveFiles, VerifyCopy
from qq.core.listing import Listing
from qq.shell.perform.copy import copy
from qq.shell.perform.place import place
from qq.shell.perform.remove import clear_temporary, remove_files
from qq.shell.perform.verify import verify
from qq.shell.perform.watch import Watch
from tests.shell.perform.trees import TOKEN, a_place, granted, listed

work, home = Path(sys.argv[1]), Path(sys.argv[2])
staging = home / f".qq-{TOKEN}"
source, target = Location(str(work)), Location(str(staging))


def asked() -> bool:
    os.write(1, b".")  # one byte per look: whoever reads may end this at any of them
    return False


watch = Watch(interrupted=asked)
granted(clear_temporary(ClearTemporary(target), watch))
for portion in portions(listed(work), 1 << 20, 40):
    granted(copy(Copy(source, target, portion), watch))
    proof = granted(verify(VerifyCopy(source, target, portion), watch)).proof
    granted(place(a_place(staging, home, portion), watch))
    if sys.argv[3] == "move":
        granted(remove_files(RemoveFiles(source, proof), watch))
"""


def life(work: Path, home: Path, mode: str, *, looks: int | None) -> int:
    """Runs one life; killed after so many looks. Gives the exit code."""
    argv = [sys.executable, "-c", LIFE, str(work), str(home), mode]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(-1 if looks is None else looks)
        if looks is not None:
            process.kill()
        return process.wait()


def whole(tree: Path) -> dict[bytes, object]:
    return {path: seen[3] for path, seen in picture(tree).items() if seen[0] == b"f" and not path.startswith(b".qq-")}


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_every_file_is_whole_somewhere_after_each_of_ten_kills(tmp_path: Path, mode: str) -> None:
    work, home = tmp_path / "work", tmp_path / "home"
    home.mkdir()
    for number in range(FILES):
        path = work / f"d{number % 7}" / f"f{number}" if number % 2 else work / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number * 1000)
    everything = whole(work)
    chance = random.Random(7)
    for _ in range(10):
        life(work, home, mode, looks=chance.randrange(1, 5 * FILES))
        at_home, at_work = whole(home), whole(work)
        assert all(everything[path] == content for path, content in at_home.items())
        assert {**at_work, **at_home} == everything
    assert life(work, home, mode, looks=None) == 0
    assert whole(home) == everything
    assert f".qq-{TOKEN}" not in names_in(home)
    if mode == "copy":
        assert delivered(work, home) == Placed()
        assert picture(home) == picture(work)
    else:
        assert whole(work) == {}
