"""The engine performs what was decided, reports each signal once, tries again what may help. Deciders are tiny ones."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyrsistent import pvector

from qq.core.effects import Create, Effect, Location, RunScript, Say, Version, WriteRecord
from qq.core.lifecycle.decide import Step
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.moments import Done, EffectFailed, Moment, Ok, Refused, ScriptEnded, Terminated
from qq.core.records.site import Settings
from qq.core.replacing import replace
from qq.core.result import Failure, Success
from qq.core.troubles import Reason, Trouble
from qq.shell.engine import Tried, World, run
from qq.shell.perform.dispatch import Hands, Outcome, perform
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.signals import Signals, listening
from tests.core.jobs import PLAIN
from tests.core.lifecycle.kind import booted

FIRST = booted(PLAIN)
OK: Outcome = Success(Ok())
BROKEN = Trouble(Reason.IO_ERROR, "it broke", transient=True)
Answers = Callable[[Effect, Watch], Outcome]


@pytest.fixture
def signals() -> Iterator[Signals]:
    with listening() as heard:
        yield heard


def play(signals: Signals, lists: list[list[Effect]], answer: Answers, known: Run | None = None, **world: Any) -> Any:
    """The moments after each of these lists, and every try, of a life that asks them one after the other."""
    moments: list[Moment] = []
    tried: list[Tried] = []

    def decide(_run: Run | None, moment: Moment) -> Step:
        moments.append(moment)
        left = lists[len(moments) - 1 :]
        return Step(known, tuple(left[0])) if left else Step(known, exit_code=7)

    settings = world.pop("settings", Settings(retry_tries=3, retry_wait=0.01))
    made = World(perform=answer, signals=signals, settings=settings, tell=tried.append, **world)
    assert run(made, decide, FIRST) == 7
    assert moments[0] is FIRST
    return moments[1:], [each for each in tried if each.result is not None]


def say(words: str) -> Effect:
    return Say(words)


def make(path: str) -> Effect:
    return Create(Location(path))


A_RUN = Run(
    phase=Phase.TRANSFER,
    job=PLAIN,
    disk=PLAIN,
    version=Version("t0", 1, "d"),
    record_at=Location("/home/ada/job/run.qqinfo"),
    here="here",
    shared=True,
    recovering=False,
    began=FIRST.now,
    now=FIRST.now,
)
SCRIPT = RunScript(pvector(["bash", "/w/run.sh"]), "/w", "/w/run.out", "/w/run.err")


def failing(trouble: Trouble, times: int = 99) -> Answers:
    """Every effect but ``Say`` fails so many times."""
    left = [times]

    def answer(effect: Effect, _watch: Watch) -> Outcome:
        if isinstance(effect, Say) or left[0] == 0:
            return OK
        left[0] -= 1
        return Failure(trouble)

    return answer


# --- moments ----------------------------------------------------------------------------------------------------------


def test_a_list_that_was_performed_is_done_with_all_answers(signals: Signals) -> None:
    ended: Outcome = Success(ScriptEnded(3))
    (moment,), _ = play(signals, [[say("a"), say("b")]], lambda effect, _: ended if effect == say("b") else OK)
    assert isinstance(moment, Done)
    assert moment.answers == (Ok(), ScriptEnded(3))
    assert moment.now.microsecond == 0


def test_a_failure_drops_the_rest_and_keeps_the_answers(signals: Signals) -> None:
    lasting = replace(BROKEN, transient=False)
    (moment, _), tried = play(signals, [[say("a"), make("/x"), say("b")], [say("c")]], failing(lasting))
    assert moment == EffectFailed(make("/x"), lasting, (Ok(),), moment.now)
    assert [each.effect for each in tried] == [say("a"), make("/x"), say("c")]


def test_a_refusal_hands_back_what_is_on_disk(signals: Signals) -> None:
    write = WriteRecord(Location("/x"), PLAIN, Version("t0", 1, "d"))
    other = Version("t0", 1, "e")

    def answer(effect: Effect, _watch: Watch) -> Outcome:
        return Success(Refusal(PLAIN, other)) if effect == write else OK

    (moment,), tried = play(signals, [[say("a"), write, say("b")]], answer)
    assert moment == Refused(write, PLAIN, other, (Ok(),), moment.now)
    assert len(tried) == 2


# --- trying again -----------------------------------------------------------------------------------------------------


def test_what_may_pass_is_tried_again(signals: Signals) -> None:
    (moment,), tried = play(signals, [[make("/x")]], failing(BROKEN, times=2))
    assert isinstance(moment, Done)
    assert [each.wait is not None for each in tried] == [True, True, False]


def test_but_not_for_ever(signals: Signals) -> None:
    (moment,), tried = play(signals, [[make("/x")]], failing(BROKEN))
    assert isinstance(moment, EffectFailed)
    assert len(tried) == 3


def test_with_a_known_code_everything_is_tried_again(signals: Signals) -> None:
    lasting = replace(BROKEN, transient=False)
    before = play(signals, [[make("/x")]], failing(lasting), A_RUN)[1]
    after = play(signals, [[make("/x")]], failing(lasting), replace(A_RUN, code=0))[1]
    assert (len(before), len(after)) == (1, 3)


def test_near_the_walltime_nothing_is_tried_again(signals: Signals) -> None:
    tried = play(signals, [[make("/x")]], failing(BROKEN), end_of_walltime=time.monotonic() + 5)[1]
    assert len(tried) == 1


def test_the_script_is_started_once(signals: Signals) -> None:
    assert len(play(signals, [[SCRIPT]], failing(BROKEN), replace(A_RUN, code=0))[1]) == 1


def test_a_signal_ends_the_waiting_and_nothing_is_tried_again(signals: Signals) -> None:
    settings = Settings(retry_tries=3, retry_wait=600)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    begun = time.monotonic()
    (moment, _), tried = play(signals, [[make("/x")], [say("end")]], failing(BROKEN), settings=settings)
    assert isinstance(moment, Terminated)
    assert len(tried) == 2
    assert time.monotonic() - begun < 60


# --- signals ----------------------------------------------------------------------------------------------------------


def sent_in(effect: Effect, number: int = signal.SIGTERM, outcome: Outcome = OK) -> Answers:
    """The signal comes while this effect is performed, which then ends so."""

    def answer(asked: Effect, _watch: Watch) -> Outcome:
        if asked == effect:
            os.kill(os.getpid(), number)
            return outcome
        return OK

    return answer


def test_a_signal_in_the_last_effect_is_reported_before_the_next_list(signals: Signals) -> None:
    lists = [[say("a"), say("b")], [say("c")], [say("d")]]
    (done, told, after), tried = play(signals, lists, sent_in(say("b")))
    assert isinstance(done, Done)
    assert told == Terminated(signal.SIGTERM, (), told.now)
    assert isinstance(after, Done)
    assert [each.effect for each in tried] == [say("a"), say("b"), say("d")]


def test_a_signal_between_two_effects_drops_the_rest(signals: Signals) -> None:
    (told, after), tried = play(signals, [[say("a"), say("b")], [say("c")]], sent_in(say("a")))
    assert told == Terminated(signal.SIGTERM, (Ok(),), told.now)
    assert isinstance(after, Done)
    assert [each.effect for each in tried] == [say("a"), say("c")]


@pytest.mark.parametrize("reason", [Reason.INTERRUPTED, Reason.IO_ERROR])
def test_what_fails_while_a_signal_is_pending_was_given_up(signals: Signals, reason: Reason) -> None:
    outcome: Outcome = Failure(Trouble(reason, "x", transient=True))
    (told, _), tried = play(signals, [[say("a"), make("/x")], [say("c")]], sent_in(make("/x"), outcome=outcome))
    assert told == Terminated(signal.SIGTERM, (Ok(),), told.now)
    assert len(tried) == 3


def test_a_second_signal_changes_nothing(signals: Signals) -> None:
    def answer(effect: Effect, _watch: Watch) -> Outcome:
        os.kill(os.getpid(), signal.SIGINT if effect == say("a") else signal.SIGTERM)
        return OK

    moments, _ = play(signals, [[say("a")], [say("b")], [say("c"), say("d")], [say("e")]], answer)
    assert [type(moment) for moment in moments] == [Done, Terminated, Done, Done]
    assert moments[1].signal == signal.SIGINT


def test_after_the_signal_an_effect_is_interrupted_only_when_the_kill_is_near(signals: Signals) -> None:
    asked: list[bool] = []

    def answer(effect: Effect, watch: Watch) -> Outcome:
        if effect == say("a"):
            assert not watch.interrupted()
            os.kill(os.getpid(), signal.SIGTERM)
            assert watch.interrupted()
        if effect == say("c"):
            asked.append(watch.interrupted())
            while not watch.interrupted():
                time.sleep(0.001)
            asked.append(time.monotonic() - signals.came < 30)
        return OK

    play(signals, [[say("a")], [say("b")], [say("c")]], answer, kill_wait=0.4)
    assert asked == [False, True]


def test_after_the_signal_nothing_is_tried_again(signals: Signals) -> None:
    def answer(effect: Effect, _watch: Watch) -> Outcome:
        os.kill(os.getpid(), signal.SIGTERM)
        return Failure(BROKEN) if effect == make("/x") else OK

    moments, tried = play(signals, [[say("a")], [say("b")], [make("/x")]], answer)
    assert isinstance(moments[2], EffectFailed)
    assert len(tried) == 2


# --- real effects that fail for real ----------------------------------------------------------------------------------


def for_real(signals: Signals) -> Answers:
    hands = Hands(signals=signals)
    return lambda effect, watch: perform(hands, effect, watch)


KNOWN = replace(A_RUN, code=0)


def test_three_tries_with_growing_waits_and_then_it_is_given_up(signals: Signals, tmp_path: Path) -> None:
    effect = make(str(tmp_path / "gone" / "file"))
    slow = Settings(retry_tries=3, retry_wait=0.2)
    began = time.monotonic()
    moments, tried = play(signals, [[effect, say("not said")]], for_real(signals), KNOWN, settings=slow)
    assert isinstance(moments[0], EffectFailed) and moments[0].trouble.reason is Reason.NO_SUCH_FILE
    waits = [each.wait for each in tried]
    assert len(waits) == 3 and waits[2] is None
    assert 0.2 * 0.8 <= waits[0] <= 0.2 * 1.2 and 0.3 * 0.8 <= waits[1] <= 0.3 * 1.2
    assert time.monotonic() - began >= waits[0] + waits[1]


def test_waits_of_jobs_that_failed_together_differ(signals: Signals, tmp_path: Path) -> None:
    effect, quick = make(str(tmp_path / "gone" / "file")), Settings(retry_tries=2, retry_wait=0.001)
    waits = {play(signals, [[effect]], for_real(signals), KNOWN, settings=quick)[1][0].wait for _ in range(5)}
    assert len(waits) > 1


def test_what_comes_back_meanwhile_is_done(signals: Signals, tmp_path: Path) -> None:
    place = tmp_path / "back"

    def performed(effect: Effect, watch: Watch) -> Outcome:
        """The file system comes back after the first try."""
        outcome = for_real(signals)(effect, watch)
        place.mkdir(exist_ok=True)
        return outcome

    moments, tried = play(signals, [[make(str(place / "file"))]], performed, KNOWN)
    assert isinstance(moments[0], Done)
    assert [isinstance(each.result, Success) for each in tried] == [False, True]
    assert (place / "file").exists()


def test_while_staging_in_what_would_fail_again_is_not_tried_again(signals: Signals, tmp_path: Path) -> None:
    moments, tried = play(signals, [[make(str(tmp_path / "gone" / "file"))]], for_real(signals), A_RUN)
    assert isinstance(moments[0], EffectFailed) and len(tried) == 1


def test_no_wait_goes_beyond_the_walltime(signals: Signals, tmp_path: Path) -> None:
    effect, long = make(str(tmp_path / "gone" / "file")), Settings(retry_tries=3, retry_wait=300.0)
    near = time.monotonic() + 19
    assert [each.wait for each in play(signals, [[effect]], for_real(signals), KNOWN, end_of_walltime=near)[1]] == [
        None
    ]
    hands = for_real(signals)

    def signalled(effect: Effect, watch: Watch) -> Outcome:
        """The first wait has begun to be chosen when the signal comes: it is not waited for."""
        outcome = hands(effect, watch)
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        return outcome

    far = time.monotonic() + 60
    moments, tried = play(signals, [[effect]], signalled, KNOWN, settings=long, end_of_walltime=far)
    assert isinstance(moments[0], Terminated)
    assert len(tried) == 1 and tried[0].wait is not None and tried[0].wait <= 30


def test_a_real_failure_while_a_signal_is_pending_is_not_tried_again(signals: Signals, tmp_path: Path) -> None:
    def signalled(effect: Effect, watch: Watch) -> Outcome:
        os.kill(os.getpid(), signal.SIGTERM)
        return for_real(signals)(effect, watch)

    moments, tried = play(signals, [[make(str(tmp_path / "gone" / "file"))]], signalled, KNOWN)
    assert isinstance(moments[0], Terminated) and len(tried) == 1
