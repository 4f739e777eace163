"""One job per directory: whether what stands in an input directory leaves room for a new job (SPEC 4)."""

from qq.core.job_names import is_runtime_name_of, mark_names, runtime_files
from qq.core.records.job import JobInfo
from qq.core.result import Faults, Result, Success, fault
from qq.core.states import JobType, RealState, RecordState
from qq.core.submission.circumstances import InputDirectory, RecordSeen

SHOWN = 5
"""So many names are listed; the rest is counted."""


def may_submit(
    script_name: str, job_type: JobType, cycle: int | None, directory: InputDirectory
) -> Result[JobInfo | None, Faults]:
    """None, or the finished job that the new one continues; a fault says which files of which job are in the way."""
    if directory.in_work_dir:
        words = "this is in the working directory of a job, and goes when that ends"
        return fault(directory.path, f'{words}; submit a script of the input directory (cd "$QQ_INPUT_DIR")')
    continued = next((seen.job for seen in directory.records if _continues(seen, script_name, job_type, cycle)), None)
    others = [seen for seen in directory.records if seen.job is not continued or continued is None]
    if others:
        return fault(directory.path, _record_in_the_way(others[0], script_name))
    own = _names_of(continued)
    left = sorted(name for name in directory.names if is_runtime_name_of(script_name, name) and name not in own)
    if left:
        return fault(
            directory.path, f"runtime files of an earlier job are there: {_listed(left)}; 'qq clear' removes them"
        )
    return Success(continued)


def _continues(seen: RecordSeen, script_name: str, job_type: JobType, cycle: int | None) -> bool:
    job = seen.job
    if job is None or job.state is not RecordState.FINISHED or job.script_name != script_name:
        return False
    if job.job_type is not job_type:
        return False
    if job_type is JobType.LOOP:
        return job.loop is not None and job.loop.current + 1 == cycle
    return job_type is JobType.CONTINUOUS


def _names_of(job: JobInfo | None) -> frozenset[str]:
    if job is None:
        return frozenset()
    return frozenset((*runtime_files(job.job_name).all, *mark_names(job.job_name)))


def _record_in_the_way(seen: RecordSeen, script_name: str) -> str:
    job = seen.job
    if job is None:
        return f"{seen.name} is in the way: {seen.why or 'no valid info file'}; look at it, then remove it"
    if job.job_id is None and seen.state is RealState.INCONSISTENT:
        return f"{seen.name} is the record of a job that is just being submitted, or never was: 'qq info' tells"
    whose = f"the job {job.job_id or '(without an id yet)'} of {job.script_name}"
    state = str(job.state) if seen.state is None else str(seen.state)
    return f"{seen.name} is the record of {whose}, which is {state}: {_what_to_do(job, state, script_name)}"


def _what_to_do(job: JobInfo, state: str, script_name: str) -> str:
    match state:
        case RealState.FAILED | RealState.KILLED:
            again = " submits it again," if job.script_name == script_name else " submits that job again,"
            return f"'qq respawn'{again} 'qq clear' removes its runtime files"
        case RealState.INCONSISTENT:
            return "'qq info' says why and what to do"
        case RealState.FINISHED | RealState.UNKNOWN:
            return "'qq clear --force' removes its runtime files, or use another directory"
        case _:
            return "one directory holds one job; wait for it, or 'qq kill' it"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
