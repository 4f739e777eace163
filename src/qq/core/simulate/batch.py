"""The batch system in the model world: takes jobs, finds them by token, starts them, sees them end."""

from qq.core.effects import FindJob, SubmitJob
from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.job_names import runtime_files
from qq.core.moments import FoundJob, Submitted
from qq.core.paths import join
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate.draft import Draft
from qq.core.simulate.spots import halt
from qq.core.simulate.world import Answering, Batch, BatchJob, JobSubmitted, World
from qq.core.states import BatchState
from qq.core.troubles import Reason


def submit_job(draft: Draft, effect: SubmitJob) -> Submitted:
    """Performs ``SubmitJob``."""
    batch = draft.batch
    if batch.answering is Answering.SILENT:
        halt(Reason.BATCH_NOT_ANSWERING, "the batch system does not answer", transient=True)
    if batch.answering is Answering.REFUSES:
        halt(Reason.BATCH_REFUSED, "the batch system takes no jobs from you")
    job_id = next_id(batch)
    draft.tick()
    take(draft, effect.job, job_id, effect.after)
    draft.step()
    return Submitted(job_id)


def next_id(batch: Batch) -> str:
    """The id that the next job gets."""
    return f"{len(batch.jobs) + 1}.model"


def take(draft: Draft, job: JobInfo, job_id: str, after: str | None) -> None:
    """The batch system has this job from now on."""
    info = join(job.input_dir, runtime_files(job.job_name).info)
    draft.batch = draft.batch.put(BatchJob(job_id, job.token, info, draft.node, after))
    draft.note(JobSubmitted(draft.life, job_id, job))


def find_job(draft: Draft, effect: FindJob) -> FoundJob:
    """Performs ``FindJob``."""
    batch = draft.batch
    if batch.answering is Answering.SILENT:
        halt(Reason.BATCH_NOT_ANSWERING, "the batch system does not answer", transient=True)
    job_id = batch.by_token.get(effect.token)
    if job_id is not None and batch.forgets and batch.jobs[job_id].state.over:
        job_id = None
    return FoundJob(job_id)


def evidence(world: World, job: JobInfo) -> Evidence:
    """What the batch system says of a job: by its id, or by its token where it has none."""
    batch = world.batch
    if batch.answering is Answering.SILENT:
        return NotAnswered("the batch system does not answer")
    job_id = job.job_id if job.job_id is not None else batch.by_token.get(job.token)
    known = batch.jobs.get(job_id) if job_id is not None else None
    if known is None or (batch.forgets and known.state.over):
        return Absent()
    return Seen(job_id=known.job_id, state=known.state, token=known.token)


def next_to_start(batch: Batch) -> str | None:
    """The first job that waits for nothing any more."""
    for job_id in batch.waiting:
        job = batch.jobs[job_id]
        before = None if job.after is None else batch.jobs.get(job.after)
        if job.state is BatchState.QUEUED and (before is None or before.state.over):
            return job_id
    return None


def ended(world: World, job_id: str, exit_code: int | None) -> World:
    """A job's life is over; None: it was killed, or its node vanished."""
    state = BatchState.FINISHED if exit_code == 0 else BatchState.FAILED
    job = replace(world.batch.jobs[job_id], state=state, exit_code=exit_code)
    return replace(world, batch=world.batch.put(job), running=None, deadline=None)


def requeued(world: World, job_id: str) -> World:
    """The batch system will start the same job again, under its old id."""
    job = replace(world.batch.jobs[job_id], state=BatchState.QUEUED, exit_code=None)
    return replace(world, batch=world.batch.put(job))
