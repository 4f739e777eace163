"""What ``qq act`` and who asks it say to each other: lines of a word and its content (DESIGN, "The other host").

The asker sends effects, or asks for a piece of a file; the other end greets, shows signs of life while it works, and
answers each once. ``stop`` asks it to give up the effect under way.
"""

import re
from typing import assert_never, cast

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.effects import Effect
from qq.core.moments import Answer
from qq.core.records.job import JobInfo
from qq.core.records.version import Version
from qq.core.result import Faults, Result, Success, fault
from qq.core.troubles import Trouble
from qq.core.wire import decode, encode

PROTOCOL = 3
STOP = b"stop\n"
_CLOCK = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


class ReadPiece(Struct, frozen=True):
    """At most ``count`` bytes of a regular file, from a position on. What may be read there, decides that host."""

    path: str
    position: int
    count: int


class Piece(Struct, frozen=True):
    """What stands there; empty: nothing more (yet). None: there is no such file."""

    data: bytes | None


Request = Effect | ReadPiece


class Greeting(Struct, frozen=True):
    """The first thing said. ``rsync``: whether the program is found there; ``clock``: Unix seconds, None: not told."""

    protocol: int
    version: str
    rsync: bool
    clock: float | None = None


class Alive(Struct, frozen=True):
    """Work goes on; bytes and files done since the last line."""

    bytes: int
    files: int


class Answered(Struct, frozen=True):
    """The effect was performed."""

    answer: Answer


class FoundInstead(Struct, frozen=True):
    """The effect was refused: what stands there instead of what was expected."""

    job: JobInfo | None
    version: Version | None


class Failed(Struct, frozen=True):
    """The effect failed."""

    trouble: Trouble


Said = Greeting | Alive | Answered | FoundInstead | Piece | Failed


def line_of(said: Said) -> bytes:
    """One line, with its end."""
    return _text_of(said).encode("ascii") + b"\n"


def _text_of(said: Said) -> str:
    match said:
        case Greeting(protocol, version, rsync, clock):
            time = "" if clock is None else f" {clock}"
            return f"qq-act {protocol} {version} {'rsync' if rsync else '-'}{time}"
        case Alive(count, files):
            return f"alive {count} {files}"
        case Answered(answer):
            return f"answer {encode(answer)}"
        case FoundInstead(job, version_):
            return f"refusal {encode(pvector([job, version_]))}"
        case Piece(data):
            return f"piece {encode(data)}"
        case Failed(trouble):
            return f"trouble {encode(trouble)}"
        case _ as never:
            assert_never(never)


def said_in(line: bytes) -> Result[Said, Faults]:
    """What a line says."""
    word, _, content = line.decode("ascii", "replace").strip().partition(" ")
    match word:
        case "qq-act":
            return _greeting(content)
        case "alive":
            return _alive(content)
        case "answer":
            return decode(content).map(lambda answer: Answered(cast("Answer", answer)))
        case "trouble":
            return decode(content).map(lambda trouble: Failed(cast("Trouble", trouble)))
        case "piece":
            return decode(content).map(lambda data: Piece(cast("bytes | None", data)))
        case "refusal":
            return decode(content).bind(_found_instead)
        case _:
            return fault("", f"nothing that qq says: {word[:40]!r}")


def _greeting(content: str) -> Result[Said, Faults]:
    words = content.split(" ")
    if len(words) < 3 or not words[0].isdecimal():
        return fault("", "not a greeting of qq")
    clock = float(words[3]) if len(words) > 3 and _CLOCK.fullmatch(words[3]) else None
    return Success(Greeting(int(words[0]), words[1], words[2] == "rsync", clock))


def _alive(content: str) -> Result[Said, Faults]:
    words = content.split(" ")
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        return fault("", "not a sign of life of qq")
    return Success(Alive(int(words[0]), int(words[1])))


def _found_instead(content: object) -> Result[Said, Faults]:
    if not isinstance(content, PVector) or len(content) != 2:
        return fault("", "not a refusal of qq")
    return Success(FoundInstead(content[0], content[1]))


def request_of(request: Request) -> bytes:
    """One line, with its end."""
    text = f"read {_plain(request)}" if isinstance(request, ReadPiece) else encode(request)
    return text.encode("ascii") + b"\n"


def _plain(request: ReadPiece) -> str:
    return encode(pvector([request.path, request.position, request.count]))


def request_in(line: bytes) -> Result[Request, Faults]:
    """What a line asks for."""
    text = line.decode("ascii", "replace")
    if text.startswith("read "):
        return decode(text.removeprefix("read ")).bind(_read_piece)
    return decode(text).bind(lambda value: Success(value) if isinstance(value, Effect) else fault("", "not an effect"))


def _read_piece(content: object) -> Result[Request, Faults]:
    match list(content) if isinstance(content, PVector) else content:
        case [str(path), int(position), int(count)]:
            return Success(ReadPiece(path, position, count))
        case _:
            return fault("", "not a piece of a file")
