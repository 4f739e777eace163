"""Programs in the place of Slurm's that print what the real ones were recorded to say, and note how they are called."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import Struct

from qq.shell.batch.slurm import Slurm, open_slurm
from tests.core.schedulers.slurm_recordings import MARK

_PROGRAM = """#!/bin/sh
here=$(dirname "$0")
echo "{name} $*" >> "$here/calls"
for word; do
    case $word in
        --Format=*) mark=${{word#--Format=jobarrayid:}}; mark=${{mark%%,*}} ;;
        --delimiter=*) mark=${{word#--delimiter=}} ;;
    esac
done
env > "$here/{name}.env"
umask > "$here/{name}.umask"
[ {name} = sbatch ] && cat > "$here/{name}.stdin"
sed "s/{mark}/${{mark:-?}}/g" "$here/{name}.out"
cat "$here/{name}.err" >&2
exit {code}
"""


class Programs(Struct, frozen=True):
    """The programs, and what they were asked."""

    directory: Path

    def say(self, name: str, out: str = "", err: str = "", code: int = 0) -> None:
        """From now on this is what a program answers."""
        (self.directory / f"{name}.out").write_text(out)
        (self.directory / f"{name}.err").write_text(err)
        program = self.directory / name
        program.write_text(_PROGRAM.format(name=name, code=code, mark=MARK))
        program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """The command lines so far."""
        noted = self.directory / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    @property
    def environ(self) -> Mapping[str, str]:
        return {"PATH": f"{self.directory}:{os.environ['PATH']}", "HOME": str(self.directory)}

    def slurm(self, **more: str) -> Slurm:
        """Slurm, as these programs speak for it."""
        return open_slurm({**self.environ, **more})


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    found = Programs(tmp_path)
    for name in ("sbatch", "squeue", "sacct", "scancel", "scontrol"):
        found.say(name)
    return found
