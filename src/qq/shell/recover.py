"""Finishes jobs whose ``qq run`` died: looks, plans again with ``decide``, acts. There is no journal to replay."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.effects import Location, ReadMark, Say, Version, WriteRecord
from qq.core.exitcodes import TROUBLE
from qq.core.explain import Explanation, explain
from qq.core.lifecycle.decide import Step, decide
from qq.core.lifecycle.decisions import is_closed, next_is_due, uses_scratch
from qq.core.lifecycle.phases import Phase
from qq.core.listing import Listing
from qq.core.moments import Answer, Done, EffectFailed, Listed, MarkRead, Recovering, Written
from qq.core.names import TEMPORARY_PREFIX
from qq.core.records.job import JobInfo, WorkDir
from qq.core.records.site import Settings
from qq.core.recovering import NEW_ATTEMPT, recovery_words, restarts
from qq.core.replacing import replace
from qq.core.result import Failure, Result, value_or_none
from qq.core.states import RecordState
from qq.core.troubles import Trouble
from qq.core.wiping import look
from qq.shell.engine import Tried, World, now, run
from qq.shell.here import is_shared
from qq.shell.perform.dispatch import Hands, hands_for, perform
from qq.shell.perform.lock import LockedError, alone, clear_after_the_dead
from qq.shell.perform.others import close
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.reach import own_name
from qq.shell.remains import following
from qq.shell.select import Job
from qq.shell.signals import Signals

WAIT = 5.0
"""Seconds between tries: somebody sits before the terminal."""


class Prepared(Struct, frozen=True):
    """A recovery that has been planned and not begun. ``words`` is empty where there is nothing to do."""

    job: Job
    moment: Recovering
    words: PVector[str]
    trouble: Trouble | None = None
    """Why the working directory could not be looked at, if it could not."""
    code: int | None = None
    """The script's exit code, if the record or the mark says it."""


class Recovered(Struct, frozen=True):
    """What became of one job."""

    job: Job
    exit_code: int
    record: JobInfo
    explanation: Explanation
    trouble: Trouble | None = None
    """What went wrong last, if anything did."""

    @property
    def done(self) -> bool:
        """Whether nothing is left to recover: all is done, or the job, or the next one, waits in the queue."""
        if self.record.state is RecordState.QUEUED:
            return self.exit_code == 0
        return is_closed(self.record) and not (self.exit_code == TROUBLE and next_is_due(self.record))


def prepare(job: Job, environ: Mapping[str, str], signals: Signals) -> Result[Prepared, Trouble]:
    """Looks at the record afresh, and at the mark where the record says it is; changes nothing."""
    read = read_record(job.info_file, job.record.username)
    return read.map(lambda found: _prepared(replace(job, record=found[0]), found[1], environ, signals))


def _prepared(job: Job, version: Version, environ: Mapping[str, str], signals: Signals) -> Prepared:
    record = job.record
    moment = Recovering(
        record=record,
        version=version,
        record_at=Location(job.info_file),
        evidence=job.evidence,
        host=own_name(record),
        input_shared=record.site is not None and is_shared(record.input_dir, record.site),
        now=now(),
    )
    hands = hands_for(record, environ, signals)
    looked, trouble = _looked(decide(None, moment), hands)
    words = pvector() if _nothing_stands(looked, hands) else _words(job, looked, trouble, hands)
    close(hands.others)
    life = looked.run
    anew = life is not None and life.phase in NEW_ATTEMPT
    return Prepared(job, replace(moment, may_restart=anew), words, trouble, None if life is None else life.code)


def _words(job: Job, looked: Step, trouble: Trouble | None, hands: Hands) -> PVector[str]:
    run = looked.run
    seen = None
    if run is not None and restarts(run) and trouble is None:
        of = WorkDir(run.job.main_node or run.here, run.work_dir)
        found = value_or_none(perform(hands, look(run.job, of, run.at_work.host)[1], Watch()))
        seen = found.listing or Listing() if isinstance(found, Listed) else None
    return recovery_words(looked, trouble, _next_id(job, looked), seen)


def _next_id(job: Job, step: Step) -> str | None:
    """The id of the next job, if it has a record with one: then nothing is submitted."""
    if step.run is None or step.run.phase is not Phase.LOOKUP:
        return None
    next_record = following(job.record)
    return None if next_record is None else next_record.job_id


def _nothing_stands(step: Step, hands: Hands) -> bool:
    """Whether all that is left to do is to remove what is not there any more."""
    run = step.run
    if run is None or run.phase is not Phase.REMOVE or run.job.work_dir is None:
        return False
    found = value_or_none(perform(hands, ReadMark(run.at_mark, run.work_dir), Watch()))
    if not isinstance(found, MarkRead) or found.mark is not None:
        return False
    return not (found.work_dir_exists and uses_scratch(run.job))


def _looked(step: Step, hands: Hands) -> tuple[Step, Trouble | None]:
    """The step after INSPECT, which only looks, and why it could not; other steps are not performed."""
    if step.run is None or step.run.phase is not Phase.INSPECT:
        return step, None
    answers: list[Answer] = []
    for effect in step.effects:
        result = perform(hands, effect, Watch())
        if isinstance(result, Failure):
            trouble = result.failure()
            return decide(step.run, EffectFailed(effect, trouble, tuple(answers), now())), trouble
        answer = result.unwrap()
        if not isinstance(answer, Refusal):
            answers.append(answer)
    return decide(step.run, Done(tuple(answers), now())), None


@contextmanager
def alone_with(record: JobInfo) -> Iterator[None]:
    """Meanwhile nobody else recovers this job: two would clear each other's copies. Raises ``LockedError``."""
    name = f"{TEMPORARY_PREFIX}{record.token}-recover.lock"
    with ExitStack() as held:
        try:
            held.enter_context(alone(record.input_dir, name))
        except LockedError:
            raise
        except OSError:
            pass  # nothing can be written there: the recovery says so itself
        yield


def why_outdated(prepared: Prepared) -> str | None:
    """Why the plan that was shown holds no more; None: the record is still what it was."""
    read = read_record(prepared.job.info_file, prepared.moment.record.username)
    if isinstance(read, Failure):
        return str(read.failure())
    return None if read.unwrap()[1] == prepared.moment.version else "its info file was changed meanwhile"


def recover(prepared: Prepared, environ: Mapping[str, str], signals: Signals, tell: Callable[[str], None]) -> Recovered:
    """Does it."""
    record = prepared.moment.record
    hands = hands_for(record, environ, signals)
    settings = record.settings or Settings()
    troubles: list[Trouble] = []
    records = [record]

    def follow(tried: Tried) -> None:
        _tell(tried, tell)
        if isinstance(tried.result, Failure):
            troubles.append(tried.result.failure())
        written = _written(tried)
        if written is not None and written.token == record.token:
            records.append(written)

    world = World(
        perform=lambda effect, watch: perform(hands, effect, watch),
        signals=signals,
        settings=_settings(settings, prepared),
        tell=follow,
    )
    code = run(world, decide, prepared.moment)
    close(hands.others)
    clear_after_the_dead(prepared.job.info_file)
    after = _as_it_is(prepared.job, records[-1])
    why = explain(after, prepared.job.evidence)
    return Recovered(prepared.job, code, after, why, troubles[-1] if troubles else None)


def _settings(settings: Settings, prepared: Prepared) -> Settings:
    """A host that could not be looked at a moment ago is not asked again and again while somebody waits."""
    tries = settings.retry_tries if prepared.trouble is None else 1
    return replace(settings, retry_tries=tries, retry_wait=min(settings.retry_wait, WAIT))


def _written(tried: Tried) -> JobInfo | None:
    """The record that was just written, if that is what was tried."""
    if tried.result is None or not isinstance(value_or_none(tried.result), Written):
        return None
    return tried.effect.job if isinstance(tried.effect, WriteRecord) else None


def _as_it_is(job: Job, written: JobInfo) -> JobInfo:
    """The record as it stands at home; as it was written last if it is not there: the next job may run already, and
    has moved it to the archive, or put its own in its place. Or the job waits again: it may have started meanwhile."""
    if written.state is RecordState.QUEUED:
        return written
    found = read_record(job.info_file)
    there = found.unwrap()[0] if not isinstance(found, Failure) else None
    return there if there is not None and there.token == written.token else written


def _tell(tried: Tried, tell: Callable[[str], None]) -> None:
    if tried.result is None and isinstance(tried.effect, Say):
        tell(tried.effect.words)
    if isinstance(tried.result, Failure):
        again = "" if tried.wait is None else f"; trying again in {tried.wait:.0f} s"
        tell(f"failed: {tried.result.failure()}{again}")
