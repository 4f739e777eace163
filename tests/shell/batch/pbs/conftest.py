"""Programs in the place of PBS's that print what the real ones were recorded to say, and note how they are called."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import Struct

from qq.shell.batch.pbs import Pbs, open_pbs
from tests.recorded import recording

_PROGRAM = """#!/bin/sh
here=$(dirname "$0")
echo "{name} $*" >> "$here/calls"
env > "$here/{name}.env"
umask > "$here/{name}.umask"
pwd > "$here/{name}.pwd"
[ {name} = qsub ] && cat > "$here/{name}.stdin"
case "{name} $*" in
{cases}
esac
"""
_CASE = """    {pattern}) cat "$here/{number}.out"; cat "$here/{number}.err" >&2; exit {code} ;;"""


class Programs(Struct, frozen=True):
    """The programs, and what they were asked."""

    directory: Path
    answers: dict[str, list[str]]

    def say(self, asked: str, out: str = "", err: str = "", code: int = 0) -> None:
        """What a program answers to a command line that fits (a shell pattern), if nothing said before fits."""
        name = asked.split(maxsplit=1)[0]
        number = sum(map(len, self.answers.values()))
        (self.directory / f"{number}.out").write_text(out)
        (self.directory / f"{number}.err").write_text(err)
        pattern = "*".join(shlex.quote(part) if part else "" for part in asked.split("*"))
        self.answers.setdefault(name, []).append(_CASE.format(pattern=pattern, number=number, code=code))
        program = self.directory / name
        program.write_text(_PROGRAM.format(name=name, cases="\n".join(self.answers[name])))
        program.chmod(0o755)

    def answer(self, asked: str, recorded: str) -> None:
        """The same, word for word as it was recorded."""
        call = recording("pbs", recorded)
        self.say(asked, call.out, call.err, call.code)

    @property
    def calls(self) -> list[str]:
        """The command lines so far."""
        noted = self.directory / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    def note(self, name: str) -> str:
        """What a program found when it was called last."""
        return (self.directory / name).read_text()

    @property
    def environ(self) -> Mapping[str, str]:
        return {"PATH": f"{self.directory}:{os.environ['PATH']}", "HOME": str(self.directory)}

    def pbs(self, **more: str) -> Pbs:
        """PBS, as these programs speak for it."""
        return open_pbs({**self.environ, **more})


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    directory = tmp_path / "programs"
    directory.mkdir()
    return Programs(directory, {})
