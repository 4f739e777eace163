"""``qq act``: performs effects for a qq on another host, which asks over ssh (DESIGN, "The other host"). Hidden.

Effects come in by standard input, answers go out by standard output, as lines. It acts as the user whose ssh session it
is and starts no scripts. The end of the input, or a signal, gives up the effect under way.
"""

import os
import select
import shutil
import time
from collections.abc import Sequence

from msgspec import Struct, field

from qq._version import VERSION
from qq.core import effects as e
from qq.core.result import Failure
from qq.core.talk import (
    PROTOCOL,
    STOP,
    Alive,
    Answered,
    Failed,
    FoundInstead,
    Greeting,
    ReadPiece,
    Said,
    line_of,
    request_in,
)
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.others import close
from qq.shell.perform.piece import read_piece
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.signals import Signals, listening, sleep

IDLE = 900.0
"""Seconds without a question after which it ends; whoever has one more connects again."""
_ALIVE = 2.0
_LOOK = 0.05
_PIECE = 1 << 16
_USAGE = 2


class _Talk(Struct):
    """The two ends of the conversation, and what has to be said next."""

    source: int
    sink: int
    signals: Signals
    received: bytearray = field(default_factory=bytearray)
    looked: int = 0
    bytes: int = 0
    files: int = 0
    look_at: float = 0.0
    speak_at: float = 0.0
    asked_to_stop: bool = False


def main(words: Sequence[str]) -> int:
    """Talks until the input ends; ``words``: the umask, octal. Gives the exit code."""
    try:
        if words:
            os.umask(int(words[0], 8) & 0o777)
    except ValueError:
        return _USAGE
    sink = os.dup(1)
    os.dup2(2, 1)  # what anything else prints is no part of the conversation
    with listening() as signals:
        talk = _Talk(0, sink, signals)
        hands = Hands(signals=signals)
        try:
            _say(talk, Greeting(PROTOCOL, VERSION, shutil.which("rsync") is not None, round(time.time(), 3)))
            while (line := _next(talk)) is not None:
                _say(talk, _performed(talk, hands, line))
        except BrokenPipeError:
            return 0
        finally:
            close(hands.others)
    return 0


def _performed(talk: _Talk, hands: Hands, line: bytes) -> Said:
    asked = request_in(line)
    if isinstance(asked, Failure):
        return Failed(Trouble(Reason.BUG, f"what was asked for is not understood: {asked.failure()[0]}"))
    effect = asked.unwrap()
    if isinstance(effect, ReadPiece):
        piece = read_piece(effect)
        return Failed(piece.failure()) if isinstance(piece, Failure) else piece.unwrap()
    if isinstance(effect, e.RunScript | e.SignalScript | e.StopScript | e.Say):
        return Failed(Trouble(Reason.BUG, f"{type(effect).__name__} is not for other hosts"))
    talk.asked_to_stop, talk.bytes, talk.files = False, 0, 0
    talk.speak_at = time.monotonic() + _ALIVE
    result = perform(hands, effect, Watch(lambda: _interrupted(talk), lambda b, f: _count(talk, b, f)))
    if talk.bytes or talk.files:
        _say(talk, Alive(talk.bytes, talk.files))
    if isinstance(result, Failure):
        return Failed(result.failure())
    answer = result.unwrap()
    return FoundInstead(answer.job, answer.version) if isinstance(answer, Refusal) else Answered(answer)


def _count(talk: _Talk, count: int, files: int) -> None:
    talk.bytes += count
    talk.files += files


def _interrupted(talk: _Talk) -> bool:
    """Looked at between two pieces of work. Anything that comes meanwhile is ``stop``, or the end of the input."""
    now = time.monotonic()
    if now < talk.look_at:
        return talk.asked_to_stop
    talk.look_at = now + _LOOK
    talk.asked_to_stop = talk.asked_to_stop or talk.signals.first is not None or _readable(talk.source, 0)
    if now >= talk.speak_at:
        talk.speak_at = now + _ALIVE
        try:
            _say(talk, Alive(talk.bytes, talk.files))
        except BrokenPipeError:
            talk.asked_to_stop = True
        talk.bytes = talk.files = 0
    return talk.asked_to_stop


def _say(talk: _Talk, said: Said) -> None:
    view = memoryview(line_of(said))
    while view:
        view = view[os.write(talk.sink, view) :]


def _next(talk: _Talk) -> bytes | None:
    """The next question; None: there will be none. A ``stop`` for what has ended already is passed over."""
    while True:
        line = _line(talk)
        if line is None or line + b"\n" != STOP:
            return line


def _line(talk: _Talk) -> bytes | None:
    while True:
        end = talk.received.find(b"\n", talk.looked)
        if end >= 0:
            line = bytes(talk.received[:end])
            del talk.received[: end + 1]
            talk.looked = 0
            return line
        talk.looked = len(talk.received)
        if not _waited(talk):
            return None
        data = os.read(talk.source, _PIECE)
        if not data:
            return None
        talk.received += data


def _waited(talk: _Talk) -> bool:
    """Until something can be read; False: nothing came for long, or a signal did."""
    poll = select.poll()
    poll.register(talk.source, select.POLLIN | select.POLLHUP)
    poll.register(talk.signals.wakeup, select.POLLIN)
    until = time.monotonic() + IDLE
    while talk.signals.first is None and (left := until - time.monotonic()) > 0:
        if talk.source in {fd for fd, _ in poll.poll(left * 1000)}:
            return True
        sleep(talk.signals, 0)  # a child has ended
    return False


def _readable(fd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLHUP)
    return bool(poll.poll(seconds * 1000))
