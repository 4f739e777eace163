"""A kind world for decide: it answers every effect with what one hopes for, unless told otherwise."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field
from pyrsistent import pvector

from qq.core import effects as e
from qq.core import moments as m
from qq.core.evidence import Absent, Evidence
from qq.core.lifecycle.decide import Step, decide
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.listing import Entry, Listing
from qq.core.records.job import JobInfo, LoopInfo, WhyFailed
from qq.core.records.site import Settings
from qq.core.records.values import Modes, Resources
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason, Trouble

NOW = datetime(2026, 3, 4, 5, 6, 7)
LATER = NOW + timedelta(hours=3)


def file(path: str, inode: int = 1, *, changed: int = 1, kind: bytes = b"f") -> Entry:
    """An entry; ``changed`` is its time of change."""
    return Entry(path.encode(), kind, 3, inode, changed, changed)


def listing(*entries: Entry | str) -> Listing:
    return Listing.of(file(x) if isinstance(x, str) else x for x in entries)


def job(job_type: JobType = JobType.STANDARD, **changes: Any) -> JobInfo:
    """A queued job on scratch."""
    loop = LoopInfo(start=1, end=3, archive="storage", archive_format="job%04d", current=1)
    name = "run+0001" if job_type is JobType.LOOP else "run"
    plain = JobInfo(
        batch_system="local",
        qq_version="1",
        username="alice",
        job_id="1.local",
        job_name=f"{name}.sh",
        script_name="run.sh",
        queue="default",
        job_type=job_type,
        input_machine="desk",
        input_dir="/home/alice/job",
        state=RecordState.QUEUED,
        submission_time=NOW,
        stdout_file=f"{name}.out",
        stderr_file=f"{name}.err",
        resources=Resources(work_dir="scratch_local", nnodes=1, walltime=3600),
        loop=loop if job_type is JobType.LOOP else None,
        token="t0k3n",
        settings=Settings(),
    )
    return replace(plain, **changes)


def in_place(record: JobInfo) -> JobInfo:
    """The same job, in its input directory."""
    return replace(record, resources=replace(record.resources, work_dir="input_dir"))


def always(record: JobInfo) -> JobInfo:
    """The same job, with modes that bring home and archive whatever happens."""
    loop = record.loop and replace(record.loop, archive_mode=Modes(("always",)))
    return replace(record, transfer_mode=Modes(("always",)), loop=loop)


def version(record: JobInfo, digest: str = "d") -> e.Version:
    return e.Version(record.token, record.attempt, digest)


def booted(record: JobInfo, **changes: Any) -> m.Booted:
    """``qq run`` has started on the desk."""
    boot = m.Booted(
        record=record,
        version=version(record),
        record_at=e.Location(f"/home/alice/job/{record.job_name.removesuffix('.sh')}.qqinfo"),
        token=record.token,
        job_id="1.local",
        batch_system="local",
        host="desk",
        nodes=pvector(["desk"]),
        scratch="/scratch/job_1",
        input_shared=True,
        now=NOW,
    )
    return replace(boot, **changes)


class World(Struct):
    """What the world answers. ``code``: how the script ends; ``unlike``: other answers, by type of effect."""

    code: int = 0
    home: Listing = field(default_factory=lambda: listing("run.sh", "in.dat"))
    archive: Listing = field(default_factory=Listing)
    staged: Listing = field(default_factory=lambda: listing("run.sh", "in.dat"))
    work: Listing = field(
        default_factory=lambda: listing(
            "run.sh", "in.dat", file("job0001.xtc", 5), file("log", 6), file("run.out", 7), file("run+0001.out", 8)
        )
    )
    unlike: dict[type, Callable[[Any], m.Answer]] = field(default_factory=dict)

    def answer(self, effect: e.Effect, run: Run) -> m.Answer:
        """The answer to one effect."""
        other = self.unlike.get(type(effect))
        return other(effect) if other is not None else self._kind(effect, run)

    def _kind(self, effect: e.Effect, run: Run) -> m.Answer:
        match effect:
            case e.WriteRecord() | e.CreateRecord():
                return m.Written(version(effect.job, "new"))
            case e.ReadRecord():
                return m.RecordFound(run.job if run.phase is Phase.INTEND else None)
            case e.List(only=e.ArchiveQuestion()):
                return m.Listed(self.archive)
            case e.List(only=e.Names(paths)):
                return m.Listed(self.work.where(lambda x: x.path in paths))
            case e.List():
                return m.Listed(self.home if run.phase is Phase.SURVEY else self.work)
            case e.ReadMark():
                return m.MarkRead(mark(run.job.token, work=self.staged, home=self.home), work_dir_exists=True)
            case e.Stage():
                return m.Staged(self.staged, effect.home, effect.archive)
            case e.RunScript():
                return m.ScriptEnded(self.code)
            case e.VerifyCopy():
                return m.Verified(effect.entries)
            case e.Place():
                return m.Placed()
            case e.RemoveFiles() | e.RemoveTree():
                return m.Removed()
            case e.FindJob():
                return m.FoundJob(None)
            case e.SubmitJob():
                return m.Submitted("2.local")
            case _:
                return m.Ok()

    def done(self, step: Step, now: datetime = LATER) -> m.Done:
        """The moment in which all effects of a step were performed."""
        assert step.run is not None
        return m.Done(tuple(self.answer(effect, step.run) for effect in step.effects), now)


def mark(token: str = "t0k3n", code: int | None = None, *, work: Listing, home: Listing) -> m.Mark:
    """The mark beside a working directory."""
    return m.Mark(token, 1, "1.local", code, work, home, Listing(), Listing(), proved=False)


def life(first: m.Moment, world: World | None = None) -> Iterator[Step]:
    """The steps of a life in a kind world, the end included."""
    world = world or World()
    step = decide(None, first)
    for _ in range(60):
        yield step
        if step.exit_code is not None:
            return
        step = decide(step.run, world.done(step))
    raise AssertionError("the life does not end")


def until(phase: Phase, first: m.Moment, world: World | None = None) -> Step:
    """The step in which a life comes to this phase."""
    return next(step for step in life(first, world) if step.run is not None and step.run.phase is phase)


def failed(step: Step, reason: Reason = Reason.IO_ERROR, words: str = "it broke", at: int = -1) -> m.EffectFailed:
    """The last effect of a step fails."""
    return m.EffectFailed(step.effects[at], Trouble(reason, words), (), LATER)


def refused(step: Step, on_disk: JobInfo | None) -> m.Refused:
    """The record is another one."""
    on = None if on_disk is None else version(on_disk, "other")
    return m.Refused(step.effects[-1], on_disk, on, (), LATER)


def terminated(signal: int = 15) -> m.Terminated:
    return m.Terminated(signal, (), LATER)


def records(steps: Iterator[Step]) -> list[JobInfo]:
    """What is written into the job's record, in order."""
    return [x.job for step in steps for x in step.effects if isinstance(x, e.WriteRecord)]


def phases(steps: Iterator[Step]) -> list[Phase]:
    return [step.run.phase for step in steps if step.run is not None]


RESUBMISSION = WhyFailed(Reason.RESUBMISSION.number, "the next cycle could not be submitted")
TROUBLED = WhyFailed(Reason.COPY_HOME.number, "the results could not be copied home")


def recovering(record: JobInfo, evidence: Evidence | None = None, **changes: Any) -> m.Recovering:
    """``qq recover`` was called on the desk."""
    moment = m.Recovering(
        record=record,
        version=version(record),
        record_at=e.Location("/home/alice/job/run.qqinfo"),
        evidence=evidence or Absent(),
        host="desk",
        input_shared=True,
        now=NOW,
    )
    return replace(moment, **changes)
