"""The exit codes of qq (SPEC 3 and 9). Their meanings are fixed."""

NOT_IN_JOB = 90
"""``qq run`` was called outside a job, or by the job's own script."""
TROUBLE = 91
"""Something failed; for a job: recorded, nothing deleted, ``qq recover`` finishes it. For a command: any error."""
NO_RECORD = 92
"""The job's record is missing, invalid, another job's, or can't be reached or written."""
NOT_OURS = 93
"""The record says that the user killed this job, or that another batch job is the one that runs it."""
NO_RESUBMIT = 95
"""A script of a loop or continuous job says: success, and do not resubmit."""
BUG = 99
"""A bug in qq."""
TERMINATED = 143
"""The job was terminated (128 + SIGTERM)."""


def signal_of(exit_code: int) -> int | None:
    """The signal that a script died of, if its exit code is 128 + N; there are 64 (signal(7)). None: no signal."""
    return exit_code - 128 if 128 < exit_code <= 192 else None
