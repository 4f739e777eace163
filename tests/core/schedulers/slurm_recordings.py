"""What a real Slurm 22.05 said: command, exit code, stdout and stderr of each exchange of a recording."""

import re
from pathlib import Path

from msgspec import Struct

DIRECTORY = Path(__file__).parents[2] / "recordings" / "slurm"
MARK = "|0123456789abcdef|"
"""What tells fields apart in the recordings of qq's own questions."""
_EXCHANGE = re.compile(
    r"^\$ (?P<command>.*)\n--- rc=(?P<code>\d+)\n--- stdout\n(?P<out>(?:.*\n)*?)--- stderr\n(?P<err>(?:.*\n)*?)"
    r"(?=\$ .*\n--- rc=|\Z)",
    re.MULTILINE,
)


class Exchange(Struct, frozen=True):
    command: str
    code: int
    out: str
    err: str


def text(name: str) -> str:
    """A recording as it is."""
    return (DIRECTORY / name).read_text(encoding="utf-8")


def exchanges(name: str) -> list[Exchange]:
    """All exchanges of a recording; there is one, or the recording is not what it seems."""
    found = [
        Exchange(match["command"], int(match["code"]), match["out"], match["err"].removesuffix("\n"))
        for match in _EXCHANGE.finditer(text(name))
    ]
    assert found, name
    return found


def out_of(name: str, command: str) -> str:
    """What a command that is recorded once printed."""
    (one,) = [exchange.out for exchange in exchanges(name) if exchange.command.startswith(command)]
    return one


def names_of_ids() -> dict[str, str]:
    """Id → the name of the job, which says what was done to it."""
    pairs = (line.split() for line in text("jobids.txt").splitlines())
    return {job_id: name for name, job_id in pairs}
