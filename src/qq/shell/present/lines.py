"""One line per job, for `qq info -b` and wherever a job is named. No colours, no boxes, nothing imported for it."""

from collections.abc import Sequence
from posixpath import join

from qq.core.evidence import Evidence, NotAnswered
from qq.core.paths import relative_to
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo
from qq.shell.present.plain import plain

NO_ID = "-"


def name_of(job: JobInfo, where: str = "") -> str:
    """How a job is called in messages: ``17.local (run.sh)``, with one of ``places`` ``17.local (rep01/run.sh)``."""
    return f"{job.job_id or 'job without id'} ({plain(join(where, job.job_name))})"


def places(jobs: Sequence[JobInfo], here: str) -> list[str]:
    """The input directory of each job as it is seen from a directory; all empty if that is one and the same."""
    if len({job.input_dir for job in jobs}) < 2:
        return [""] * len(jobs)
    return [relative_to(job.input_dir, here) or job.input_dir for job in jobs]


def state_words(job: JobInfo, evidence: Evidence) -> str:
    """The real state; marked where it is only what the record says."""
    state = str(real_state(job, evidence))
    return f"{state}? (could not ask)" if isinstance(evidence, NotAnswered) else state


def lines(jobs: Sequence[tuple[JobInfo, Evidence]], here: str) -> list[str]:
    """Id, name and state of each job, in columns; if there are several input directories, these too, from ``here``."""
    where = places([job for job, _ in jobs], here)
    rows = [
        (job.job_id or NO_ID, plain(job.job_name), state_words(job, evidence), plain(place))
        for (job, evidence), place in zip(jobs, where, strict=True)
    ]
    ids, names, states = (max((len(row[n]) for row in rows), default=0) for n in range(3))
    return [f"{row[0]:<{ids}}  {row[1]:<{names}}  {row[2]:<{states}}  {row[3]}".rstrip() for row in rows]
