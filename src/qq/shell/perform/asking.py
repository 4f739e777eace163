"""Asks another host to perform effects. A connection that was lost since its last use is made anew, once: every effect
that travels is idempotent, but for a submission: of that nobody knows whether it was heard.
"""

import time
from typing import cast

from qq.core.effects import Effect, SubmitJob, WriteRecord
from qq.core.moments import Answer
from qq.core.result import Failure, Result, Success, value_or_none
from qq.core.talk import (
    STOP,
    Alive,
    Answered,
    Failed,
    FoundInstead,
    Greeting,
    Piece,
    ReadPiece,
    Request,
    Said,
    request_of,
    said_in,
)
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.connecting import connected, drop
from qq.shell.perform.link import Limits, Link, LostError, line_of, send
from qq.shell.perform.others import Others
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch

HURRY = 2.0
"""Seconds that the last record of a killed job has, for each of connecting and being written."""
STOP_SECONDS = 2.0
"""How long the other end may take to give up the effect under way."""

Outcome = Result[Answer | Refusal, Trouble]
Told = Result[Answer | Refusal | Piece, Trouble]


def ask(others: Others, host: str, effect: Effect, watch: Watch) -> Outcome:
    """Has another host perform an effect that is localised for it."""
    return cast("Outcome", _ask(others, host, effect, watch))


def ask_piece(others: Others, host: str, asked: ReadPiece, watch: Watch) -> Result[Piece, Trouble]:
    """Has another host read a piece of a file."""
    return cast("Result[Piece, Trouble]", _ask(others, host, asked, watch))


def _ask(others: Others, host: str, asked: Request, watch: Watch) -> Told:
    request = request_of(asked)
    hurried = isinstance(asked, WriteRecord) and asked.hurried
    while True:
        is_old = host in others.links and others.links[host].greeted
        try:
            link = connected(others, host, watch, HURRY if hurried else None)
            return _asked(others, link, request, watch, hurried)
        except LostError as lost:
            drop(others, host)
            if not is_old or not lost.trouble.transient or isinstance(asked, SubmitJob):
                return Failure(lost.trouble)


def _asked(others: Others, link: Link, request: bytes, watch: Watch, hurried: bool) -> Told:
    silence = others.settings.rsync_silence
    send(link, request, time.monotonic() + (HURRY if hurried else silence))
    limits = Limits(silence, time.monotonic() + HURRY if hurried else None)
    stopping = False
    while True:
        line = line_of(link, limits, (lambda: False) if stopping else watch.interrupted)
        if line is None:
            stopping, limits = True, Limits(silence, time.monotonic() + STOP_SECONDS)
            send(link, STOP, limits.until)
            continue
        match _said(link, line):
            case Alive(count, files):
                watch.progress(count, files)
            case Answered(answer):
                return Success(answer)
            case FoundInstead(job, version):
                return Success(Refusal(job, version))
            case Piece() as piece:
                return Success(piece)
            case Failed(trouble):
                return Failure(Trouble(trouble.reason, f"{link.host}: {trouble.words}", trouble.transient))
            case Greeting():
                continue


def _said(link: Link, line: bytes) -> Said:
    said = value_or_none(said_in(line))
    if said is None:
        words = f"qq on {link.host} said something that is no answer"
        raise LostError(Trouble(Reason.HOST_UNREACHABLE, words, transient=True))
    return said
