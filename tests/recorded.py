"""What real batch systems said, word for word: the corpus of the parsers. See tests/recordings/."""

import re
import shlex
from pathlib import Path

from msgspec import Struct

RECORDINGS = Path(__file__).parent / "recordings"

_COMMAND = re.compile(r"^# command \((\w+)@\w+\): (.*)$", re.MULTILINE)
_BODY = re.compile(r"^--- stdout\n(.*)^--- stderr\n(.*)^--- end$", re.MULTILINE | re.DOTALL)


class Recording(Struct, frozen=True, kw_only=True):
    """One call of a client program: who called what, how it ended, what it wrote."""

    name: str
    user: str
    argv: tuple[str, ...]
    code: int
    out: str
    err: str


def names(system: str) -> list[str]:
    """All recordings of a batch system, by their file names without suffix; an empty corpus is an error."""
    found = sorted(path.stem for path in (RECORDINGS / system).glob("*.txt"))
    assert found
    return found


def text_of(system: str, name: str) -> str:
    """The whole file."""
    return (RECORDINGS / system / f"{name}.txt").read_text(encoding="utf-8")


def recording(system: str, name: str) -> Recording:
    """A recording of a call."""
    text = text_of(system, name)
    command, body = _COMMAND.search(text), _BODY.search(text)
    code = re.search(r"^# exit code: (\d+)$", text, re.MULTILINE)
    assert command is not None, name
    assert body is not None, name
    assert code is not None, name
    argv = tuple(shlex.split(command[2]))
    return Recording(name=name, user=command[1], argv=argv, code=int(code[1]), out=body[1], err=body[2])


def is_call(system: str, name: str) -> bool:
    """Whether the file is a recording of one call, and not the log of an experiment."""
    return _COMMAND.search(text_of(system, name)) is not None
