"""What is asked of the world when a job ends otherwise than planned."""

from qq.core.effects import (
    ClearTemporary,
    List,
    Names,
    NoteProof,
    ReadRecord,
    RemoveMark,
    RemoveTree,
    StopScript,
    SubmitJob,
)
from qq.core.lifecycle import sorting
from qq.core.lifecycle.ask_after import deliver
from qq.core.lifecycle.ask_record import Effects
from qq.core.lifecycle.decisions import (
    uses_scratch,
)
from qq.core.lifecycle.run import Run
from qq.core.records.job import JobInfo
from qq.core.states import RecordState


def look_for_output(run: Run) -> Effects:
    if not uses_scratch(run.job) or run.job.work_dir is None:
        return []
    return [List(run.at_work, only=Names(tuple(sorted(sorting.output_names(run.job)))))]


def bring_output(run: Run) -> Effects:
    if not run.output.count:
        return []
    always = sorting.output_names(run.job)
    effects = deliver(run, run.at_work, run.at_home(), run.home_temporary, run.output, always=always)
    return [*effects, ClearTemporary(run.home_temporary)]


def settings_grace(job: JobInfo) -> float:
    """Seconds between TERM and KILL for what the script started: at most half of what the batch system leaves.

    Its own KILL ends ``qq run``, and then nobody ends what has left the job's session.
    """
    grace = job.settings.grace if job.settings is not None else 5.0
    return grace if job.site is None else min(grace, job.site.kill_wait / 2)


def stop(run: Run) -> Effects:
    return [StopScript(settings_grace(run.job))]


def unmake(run: Run) -> Effects:
    """The script never began: what was staged proves all of it. In the input directory only the mark is ours."""
    if not uses_scratch(run.job):
        return []
    return [NoteProof(run.at_mark, run.proof), RemoveTree(run.at_mark, run.work_dir, run.job.token)]


def look_for_others(run: Run) -> Effects:
    return [ReadRecord((run.record_at,))]


def tidy(run: Run) -> Effects:
    effects: Effects = [ClearTemporary(run.home_temporary)]
    if run.job.loop is not None:
        effects.append(ClearTemporary(run.archive_temporary))
    if not uses_scratch(run.job) and run.job.state is RecordState.QUEUED:
        effects.append(RemoveMark(run.at_mark, run.job.token))
    return effects


def restart_submit(run: Run) -> Effects:
    return [SubmitJob(run.job, None, run.submitting_hosts, run.shared)]
