"""Whole lives that the core decides in each world by itself, from that world's own answers, side by side."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import fields
from pyrsistent import pvector

from property_tests.honesty.shapes import shape
from property_tests.honesty.sides import HERE, Happens, Outcome, Side
from qq.core import effects as e
from qq.core.evidence import Absent
from qq.core.lifecycle.decide import Step, decide
from qq.core.moments import Answer, Booted, Done, EffectFailed, Moment, Recovering, Refused, Terminated
from qq.core.records.job import JobInfo
from qq.core.simulate.records import Refusal
from qq.core.troubles import Trouble

NOW = datetime(2026, 1, 2, 3, 4, 5)
MAX_EFFECTS = 200


class Turn(Struct, frozen=True):
    """What comes right before the effect with this number (from 0) of all: somebody's doings, a signal, a crash."""

    happens: tuple[Happens, ...] = ()
    signal: bool = False
    crash: bool = False


NOTHING = Turn()


def booted(job: JobInfo, version: e.Version, info: str, scratch: str | None) -> Booted:
    """The batch system starts the job."""
    return Booted(
        record=job,
        version=version,
        record_at=e.Location(info),
        token=job.token,
        job_id="1.model",
        batch_system=job.batch_system,
        host=HERE,
        nodes=pvector([HERE]),
        scratch=scratch,
        input_shared=True,
        now=NOW,
    )


def recovering(side: Side, info: str) -> Recovering | None:
    """The user recovers the job; None: there is no record."""
    found = side.perform(e.ReadRecord(pvector([e.Location(info)])))
    assert not isinstance(found, Trouble | Refusal)
    job, version = found.job, found.version  # type: ignore[union-attr]
    if job is None or version is None:
        return None
    return Recovering(
        record=job,
        version=version,
        record_at=e.Location(info),
        evidence=Absent(),
        host=HERE,
        input_shared=True,
        now=NOW,
    )


class DisagreementError(AssertionError):
    """The worlds are not the same any more."""


def live(sides: Sequence[Side], firsts: Sequence[Moment], turns: Mapping[int, Turn]) -> list[str]:
    """One life in both worlds, to its end or to a crash; gives what came of each effect, in words."""
    steps = [decide(None, first) for first in firsts]
    told: list[str] = []
    number, signalled = 0, False
    while steps[0].exit_code is None and number < MAX_EFFECTS:
        _same("decision", steps)
        answers: list[list[Answer]] = [[] for _ in sides]
        moments: list[Moment] | None = None
        for index in range(len(steps[0].effects)):
            turn = turns.get(number, NOTHING)
            number += 1
            for side in sides:
                for each in turn.happens:
                    side.happen(each)
            if turn.crash:
                return [*told, "crash"]
            if turn.signal and not signalled:
                signalled = True
                moments = [Terminated(15, tuple(known), NOW) for known in answers]
                break
            effects = [step.effects[index] for step in steps]
            outcomes = [side.perform(effect) for side, effect in zip(sides, effects, strict=True)]
            told.append(f"{type(effects[0]).__name__}: {_word(outcomes[0])}")
            _same(f"{number}: {effects[0]}", outcomes)
            _same_trees(f"{number}: {effects[0]}", sides)
            moments = _moments(effects, outcomes, answers)
            if moments is not None:
                break
        whole = moments or [Done(tuple(known), NOW) for known in answers]
        steps = [decide(step.run, moment) for step, moment in zip(steps, whole, strict=True)]
    _same("end", steps)
    return [*told, f"exit {steps[0].exit_code}"]


def _moments(effects: list[e.Effect], outcomes: list[Outcome], answers: list[list[Answer]]) -> list[Moment] | None:
    """What ends a list of effects early."""
    found: list[Moment] = []
    for effect, outcome, known in zip(effects, outcomes, answers, strict=True):
        match outcome:
            case Trouble():
                found.append(EffectFailed(effect, outcome, tuple(known), NOW))
            case Refusal(job, version):
                found.append(Refused(effect, job, version, tuple(known), NOW))
            case _:
                known.append(outcome)
    return found or None


def _word(outcome: Outcome) -> str:
    return outcome.reason.name if isinstance(outcome, Trouble) else type(outcome).__name__


def _same(what: str, values: Sequence[object]) -> None:
    shown = [(shape(v.effects), v.exit_code) if isinstance(v, Step) else shape(v) for v in values]
    if shown[0] != shown[1]:
        raise DisagreementError(f"{what}: {_first_difference(shown[0], shown[1])}")


def _first_difference(model: object, real: object) -> str:
    """The smallest part that is not the same."""
    if isinstance(model, tuple) and isinstance(real, tuple) and len(model) == len(real):
        pair = next((a, b) for a, b in zip(model, real, strict=True) if a != b)
        return _first_difference(*pair)
    return f"model {model}, real {real}"


def _difference(model: object, real: object) -> str:
    """Of records only what differs."""
    if isinstance(model, tuple) and isinstance(real, tuple) and isinstance(model[-1], JobInfo):
        pairs = [
            (each.name, getattr(model[-1], each.name), getattr(real[-1], each.name, None)) for each in fields(JobInfo)
        ]
        return "; ".join(f"{name}: model {one}, real {other}" for name, one, other in pairs if one != other)
    return f"model {model}, real {real}"


def _same_trees(what: str, sides: Sequence[Side]) -> None:
    model, real = (side.picture() for side in sides)
    different = sorted(path for path in model.keys() | real.keys() if model.get(path) != real.get(path))
    if different:
        words = "; ".join(f"{path!r}: {_difference(model.get(path), real.get(path))}" for path in different)
        raise DisagreementError(f"{what}: {words}")
