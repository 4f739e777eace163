"""What `qq act` and who asks it say to each other arrives as it was said."""

import pytest
from pyrsistent import pvector

from qq.core import effects as e
from qq.core.moments import Listed, Ok
from qq.core.result import Failure, Success
from qq.core.talk import (
    STOP,
    Alive,
    Answered,
    Failed,
    FoundInstead,
    Greeting,
    Piece,
    ReadPiece,
    Said,
    line_of,
    request_in,
    request_of,
    said_in,
)
from qq.core.troubles import Reason, Trouble
from tests.core.lifecycle import kind

JOB = kind.job()


@pytest.mark.parametrize(
    "said",
    [
        Greeting(1, "0.1.0", True),
        Greeting(2, "1", False),
        Greeting(2, "1", True, 1764159000.125),
        Alive(12, 3),
        Answered(Ok()),
        Answered(Listed(kind.listing("a\n", "b"))),
        FoundInstead(None, None),
        Piece(None),
        Piece(b"\xff\n\0"),
        FoundInstead(JOB, kind.version(JOB)),
        Failed(Trouble(Reason.NO_SPACE, "it's\nfull", transient=True)),
    ],
)
def test_what_is_said_arrives(said: Said) -> None:
    line = line_of(said)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert said_in(line) == Success(said)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"Welcome!", b"\xff\xfe", b"qq-act", b"qq-act x 1 -", b"qq-act 1 1", b"alive", b"alive 1", b"alive a b",
        b"answer", b"answer {", b"trouble {}", b"refusal 1", b'refusal [null]', STOP,
    ],
)  # fmt: skip
def test_anything_else_is_nothing_that_qq_says(line: bytes) -> None:
    assert isinstance(said_in(line), Failure)


def test_a_greeting_tells_the_time_if_it_is_one() -> None:
    assert said_in(b"qq-act 2 1 - yesterday") == Success(Greeting(2, "1", False))
    assert said_in(b"qq-act 2 1 - 1764159000") == Success(Greeting(2, "1", False, 1764159000.0))


def test_what_is_asked_for_arrives() -> None:
    effect = e.List(e.Location("/h\n"), pvector([b"\xff"]))
    assert request_in(request_of(effect)) == Success(effect)


def test_a_piece_of_a_file_that_is_asked_for_arrives() -> None:
    asked = ReadPiece("/s/\udcff\n", 17, 1 << 20)
    assert request_of(asked).count(b"\n") == 1
    assert request_in(request_of(asked)) == Success(asked)


@pytest.mark.parametrize(
    "line",
    [b"read 1", b'read ["/p", 1]', b"read [1, 1, 1]", b"read", b"", b"stop\n", b"{}", b'{"Ok":{}}', b"[1]", b"\xff"],
)
def test_what_is_no_effect_is_refused(line: bytes) -> None:
    assert isinstance(request_in(line), Failure)
