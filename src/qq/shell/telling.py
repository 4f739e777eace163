"""What ``qq run`` says while it works, one line at a time, into ``.qqout``."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from qq.core.effect_words import effect_words
from qq.core.effects import RunScript, Say
from qq.core.exitcodes import BUG
from qq.core.lifecycle.decide import Step
from qq.core.lifecycle.run import Run
from qq.core.moments import EffectFailed, Moment, Refused, ScriptEnded, Terminated
from qq.core.one_line import one_line
from qq.core.result import Failure
from qq.shell.engine import Decide, Tried

_STDOUT = 1


def say(words: str) -> None:
    """One line with the time. A full disk must not end the job."""
    write(f"{datetime.now():%Y-%m-%d %H:%M:%S}  {one_line(words)}\n")


def write(text: str) -> None:
    """Text as it is, all of it at once: others write to the same file."""
    with suppress(OSError):
        os.write(_STDOUT, text.encode("utf-8", "backslashreplace"))


def teller(debug: bool) -> Callable[[Tried], None]:
    """Who follows the engine: a line when an effect begins and when it fails; ``debug``: every answer too."""

    def tell(tried: Tried) -> None:
        if tried.result is None:
            if not isinstance(tried.effect, RunScript):
                say(effect_words(tried.effect))
            return
        if debug and not isinstance(tried.effect, Say):
            say(f"    {tried.seconds:.3f} s: {_shown(tried)}")
        if isinstance(tried.result, Failure) and tried.wait is not None:
            say(f"    failed: {tried.result.failure()}; trying again in {tried.wait:.0f} s")
        _tell_news(tried)

    return tell


def _shown(tried: Tried) -> str:
    result = tried.result
    return f"{result.failure()!r}" if isinstance(result, Failure) else f"{result.unwrap()!r}" if result else ""


def _tell_news(tried: Tried) -> None:
    """What is worth a line of its own, of an answer."""
    if tried.result is None or isinstance(tried.result, Failure):
        return
    match tried.result.unwrap():
        case ScriptEnded(code):
            say(f"the script ended with exit code {code}")
        case _:
            return


def aloud(decide: Decide) -> Decide:
    """The same decisions; what happens otherwise than planned is said before them."""

    def said(run: Run | None, moment: Moment) -> Step:
        _tell_moment(moment)
        step = decide(run, moment)
        if step.exit_code == BUG:
            say(f"a bug: {type(moment).__name__} makes no sense in phase {run.phase if run else 'none'}: {moment!r}")
        return step

    return said


def _tell_moment(moment: Moment) -> None:
    match moment:
        case EffectFailed(_, trouble):
            say(f"    failed: {trouble}")
        case Refused(_, on_disk):
            say(f"    refused: the record {'is not there' if on_disk is None else f'says {on_disk.state}'}")
        case Terminated(number):
            say(f"{signal.Signals(number).name}: the job is to end")
        case _:
            return
