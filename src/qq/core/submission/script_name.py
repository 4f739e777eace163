"""Whether a script may be called so: its name becomes the names of the job and of its runtime files."""

from qq.core.job_names import RUNTIME_SUFFIXES, looks_like_runtime_file, mark_names, runtime_files
from qq.core.names import LOCK_NAME, TEMPORARY_PREFIX
from qq.core.paths import to_bytes
from qq.core.result import Faults, Result, Success, fault

MAX_NAME = 255
"""Bytes of a file name, on every file system that matters."""


def check_script_name(script_name: str, job_name: str) -> Result[str, Faults]:
    """The job name, if qq can work with it."""
    if looks_like_runtime_file(script_name):
        return fault(
            script_name, f"a script can't be named like a runtime file ({', '.join(RUNTIME_SUFFIXES)}); rename it"
        )
    if script_name.startswith(TEMPORARY_PREFIX) or script_name == LOCK_NAME:
        return fault(script_name, f"names that start with '{TEMPORARY_PREFIX}' belong to qq; rename it")
    longest = max(len(to_bytes(name)) for name in (*runtime_files(job_name).all, *mark_names(job_name)))
    if longest > MAX_NAME:
        too_much = longest - MAX_NAME
        return fault(script_name, f"the name is {too_much} bytes too long for those of the runtime files; rename it")
    return Success(job_name)
