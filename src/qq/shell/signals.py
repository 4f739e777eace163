"""Signals that ask for the end of ``qq run``: a handler only notes the first one and wakes whoever sleeps.

The end of a child wakes too. Nothing is decided here, and nothing is interrupted: performers look at the note between
two pieces of work.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from msgspec import Struct, field

ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU)
"""What batch systems send to end a job (SPEC 3, "Being killed")."""
PASSED_ON = (signal.SIGUSR1, signal.SIGUSR2)
"""What users send to a job for its script (``scancel --batch -s USR1``, ``qsig``); it would end ``qq run``."""


class Signals(Struct):
    """What has come so far. A second signal changes nothing."""

    wakeup: int
    """A pipe that can be read when a signal has come, or a child has ended, since the last ``sleep``."""
    first: int | None = None
    """The first signal that asked for the end."""
    came: float = 0.0
    """When (monotonic seconds)."""
    for_script: list[int] = field(default_factory=list)
    """Signals that are meant for the script, and that it has not been sent yet."""


@contextmanager
def listening(passed_on: Sequence[signal.Signals] = ()) -> Iterator[Signals]:
    """From here on signals are noted, ``passed_on`` for the script; at the end everything is as it was before."""
    read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signals = Signals(read)

    def note(number: int, _frame: FrameType | None) -> None:
        if signals.first is None:
            signals.first, signals.came = number, time.monotonic()

    def keep(number: int, _frame: FrameType | None) -> None:
        if number not in signals.for_script:
            signals.for_script.append(number)

    def hear(_number: int, _frame: FrameType | None) -> None:
        """Only a signal that has a handler writes to the pipe."""

    old_fd = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    handlers = dict.fromkeys(ASKING, note) | dict.fromkeys(passed_on, keep) | {signal.SIGCHLD: hear}
    old = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, old.keys())
    try:
        yield signals
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in old.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(old_fd)
        os.close(read)
        os.close(write)


@contextmanager
def listening_if_possible() -> Iterator[Signals]:
    """The same for whoever may be called by any thread of a program: only the main one hears signals."""
    if threading.current_thread() is threading.main_thread():
        with listening() as signals:
            yield signals
        return
    read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield Signals(read)
    finally:
        os.close(read)
        os.close(write)


@contextmanager
def interrupt_held_back() -> Iterator[None]:
    """Ctrl-C arrives at the end of this, where it would arrive at all.

    A mask would do as much, but threads that are begun meanwhile inherit it, and so do their children.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if came:
        raise KeyboardInterrupt


def sleep(signals: Signals, seconds: float | None) -> None:
    """Until a signal comes or a child ends, at most so long (None: for ever).

    What came since the last sleep ends this one at once: look first at what you wait for, then sleep.
    """
    poll = select.poll()
    poll.register(signals.wakeup, select.POLLIN)
    poll.poll(None if seconds is None else max(0.0, seconds) * 1000)
    with suppress(BlockingIOError):
        while os.read(signals.wakeup, 512):
            pass


def sleep_until_asked(signals: Signals, seconds: float) -> bool:
    """Until a signal asks for the end (then True), at most so long."""
    until = time.monotonic() + seconds
    while signals.first is None and (left := until - time.monotonic()) > 0:
        sleep(signals, left)
    return signals.first is not None
