"""What ``qq run`` says while its node can't see the input directory: a file on the node, brought home at the end.

Others may write to the node's ``/tmp``, and slurmd opens a job's output before anything of ours runs, whatever stands
there under its name: so that is ``/dev/null``, and qq opens its file itself, in a directory of the user's own.
"""

import posixpath

from pyrsistent import PVector, pvector

from qq.core.effects import ClearTemporary, Copy, Effect, Guard, Location, Place, VerifyCopy
from qq.core.job_names import runtime_files
from qq.core.lifecycle.decisions import next_token
from qq.core.listing import Listing
from qq.core.paths import temporary_dir, to_bytes
from qq.core.records.job import JobInfo

AWAY_TOP = "/tmp"
AWAY_NAME = "qqout"
"""What the file is called on the node."""


def away_directory(username: str, job_id: str) -> str:
    """The directory on the node that the file stands in; nobody else may look into it."""
    return posixpath.join(AWAY_TOP, f"qq-{username}-{job_id}")


def away_output(job: JobInfo) -> str | None:
    """The file on the node; None: nobody has started this job yet."""
    if job.job_id is None:
        return None
    return posixpath.join(away_directory(job.username, job.job_id), AWAY_NAME)


def own_name(job: JobInfo) -> str:
    """What the file is called at home."""
    return runtime_files(job.job_name).qqout


def is_still_ours(job: JobInfo, disk: JobInfo | None) -> bool:
    """Whether the file's place at home is this job's; a continuous job's record may be its successor's by now."""
    return disk is not None and disk.token in (job.token, next_token(job))


def bring_home(job: JobInfo, disk: JobInfo, *, record_at: Location, at: Location, entries: Listing) -> PVector[Effect]:
    """Brings the file, which stands under its name at home in a directory of the node, to its place.

    ``disk``: the record as it is now. What an earlier attempt said is kept beside it.
    """
    host = record_at.host
    staging = Location(temporary_dir(job.input_dir, job.token, "out"), host)
    place = Place(
        staging=staging,
        dst=Location(job.input_dir, host),
        entries=entries,
        before=Listing(),
        synced=Listing(),
        aside=f"{job.job_name}-{job.job_id or job.token[:8]}",
        guard=Guard(record_at, disk.token, disk.attempt),
        always=frozenset([to_bytes(own_name(job))] if disk.attempt == 1 else []),
    )
    clear = ClearTemporary(staging)
    return pvector([clear, Copy(at, staging, entries), VerifyCopy(at, staging, entries), place, clear])
