"""``qq run``: a job's life on the node. Only the batch system calls it, as a process or, after a fork, as a function.

Nothing here assumes a fresh interpreter: handlers, umask and environment are set and read when ``main`` is called.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence

from qq._version import VERSION
from qq.core.exitcodes import BUG, NO_RECORD, NOT_IN_JOB, TERMINATED
from qq.core.lifecycle.decide import decide
from qq.core.moments import Booted
from qq.core.node import not_in_job, seconds_until_end
from qq.core.records.site import Settings
from qq.core.result import Failure
from qq.shell.boot import boot
from qq.shell.engine import World, now, out_of_time, run
from qq.shell.open_output import open_output
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.others import Others, close
from qq.shell.perform.process import Script, end_all
from qq.shell.perform.provident import needed_after
from qq.shell.perform.watch import Watch
from qq.shell.signals import PASSED_ON, Signals, listening
from qq.shell.telling import aloud, say, teller, write


def main(_argv: Sequence[str] | None = None) -> int:
    """Plays the life of the job in whose environment this is; gives the exit code (SPEC 3)."""
    refusal = not_in_job(os.environ)
    if refusal is not None:
        sys.stderr.write(f"qq: {refusal}\n")
        return NOT_IN_JOB
    away = open_output(os.environ)
    script, others = Script(), Others(os.environ)
    with listening(PASSED_ON) as signals:
        try:
            return _or_bug(lambda: _live(signals, script, others, away=away))
        finally:
            close(others)
            end_all(script, signals)


def _or_bug(play: Callable[[], int]) -> int:
    """The one place where everything is caught: a bug leaves its traceback in .qqout, not a job without an end."""
    try:
        return play()
    except Exception:
        import traceback

        say("a bug in qq; what it was doing when it came:")
        write(traceback.format_exc())
        return BUG


def _live(signals: Signals, script: Script, others: Others, *, away: bool) -> int:
    booted = boot(os.environ, signals, now(), others)
    if isinstance(booted, Failure):
        say(f"{booted.failure()}; nothing was written")
        return NO_RECORD if signals.first is None else TERMINATED
    moment = booted.unwrap()
    job = moment.record
    say(f"qq {VERSION}: {job.job_name} as job {moment.job_id} on {moment.host}")
    away = away or moment.record_at.host is not None
    hands = Hands(signals=signals, script=script, others=others, needed_after=needed_after(job, away=away))
    world = _world(moment, hands)
    code = _or_bug(lambda: run(world, aloud(decide), moment))
    say(f"qq run ends with exit code {code}")
    if away:
        _bring_output(moment, world)
    return code


def _bring_output(moment: Booted, world: World) -> None:
    from qq.shell.bring_output import bring_output

    watch = Watch(interrupted=lambda: world.signals.first is not None and out_of_time(world))
    trouble = bring_output(moment, lambda effect: world.perform(effect, watch))
    if trouble is not None:
        say(f"this text stays on {moment.host}: {trouble}")


def _world(moment: Booted, hands: Hands) -> World:
    job = moment.record
    hands.others.qq, hands.others.settings = job.qq_path, job.settings or Settings()
    left = seconds_until_end(os.environ, job, time.time())
    return World(
        perform=lambda effect, watch: perform(hands, effect, watch),
        signals=hands.signals,
        settings=job.settings or Settings(),
        end_of_walltime=None if left is None else time.monotonic() + left,
        kill_wait=job.site.kill_wait if job.site else 10.0,
        tell=teller(bool(os.environ.get("QQ_DEBUG"))),
    )
