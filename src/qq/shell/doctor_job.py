"""Submits a tiny job and waits for it, not for long: what it says of the node, of its scratch and of qq there."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from pyrsistent import pvector

from qq.core.explain import Explanation
from qq.core.installation import TinyJob
from qq.core.job_names import runtime_files
from qq.core.records.job import JobInfo
from qq.core.report import Report
from qq.core.result import Failure, InvalidJob
from qq.core.selection import Selection
from qq.shell.api import load, submitter_with
from qq.shell.commands.kill import kill
from qq.shell.commands.submit import report_of_script
from qq.shell.commands.wait import wait
from qq.shell.submit import submit

WALLTIME = "2m"
SECONDS = 300.0
"""That are waited for the job: it may stand in a queue."""

_SCRIPT = """\
#!/usr/bin/env -S qq run
date +%s
"""
_GREETED = re.compile(r"^\S+ \S+  qq (\S+): ", re.MULTILINE)
"""What `qq run` says first, after the time."""


def tiny_job(
    environ: Mapping[str, str],
    say: Callable[[str], None],
    options: Mapping[str, str] = MappingProxyType({}),
    *,
    seconds: float = SECONDS,
) -> TinyJob:
    """Runs a job in a directory of its own in the current one, which is gone afterwards if all went well."""
    try:
        place = Path(tempfile.mkdtemp(prefix="qq-doctor-", dir="."))
    except OSError as error:
        return TinyJob(trouble=f"no job can be submitted from here: {os.strerror(error.errno or 0).lower()}")
    place = Path.cwd() / place
    script = place / "doctor.sh"
    script.write_text(_SCRIPT)
    sent = time.time()
    try:
        submitter = submitter_with({"walltime": WALLTIME, **options})
        result = submit(str(script), submitter)
    except InvalidJob as error:
        shutil.rmtree(place)
        return TinyJob(trouble=str(error))
    if isinstance(result, Failure):
        words = report_of_script(script.name, submitter, result).words
        shutil.rmtree(place)
        return TinyJob(trouble=f"it could not be submitted: {words}")
    job = result.unwrap().submission.job
    say(f"{job.job_id} is submitted; it is waited for, {seconds:.0f} s at most")
    return _waited(job, place, environ, int(sent), seconds)


def _waited(job: JobInfo, place: Path, environ: Mapping[str, str], sent: float, seconds: float) -> TinyJob:
    chosen = Selection(dirs=pvector([str(place)]))
    over = False
    try:
        (report,) = wait(chosen, environ, timeout=seconds)
        over = report.did != "still there"
    finally:
        if not over:  # nobody is interested in it any more, also after Ctrl-C
            kill(chosen, environ)
    if not over:
        words = f"it had not ended after {seconds:.0f} s, and was killed: the queue may be full"
        return TinyJob(job.job_id, trouble=words, kept=str(place))
    return _ended(job, report, place, sent)


def _ended(job: JobInfo, report: Report[Explanation], place: Path, sent: float) -> TinyJob:
    files = runtime_files(job.job_name)
    if report.detail is None or report.detail.reason is not None:
        return TinyJob(job.job_id, trouble=report.words, kept=str(place))
    known = load(place)
    told = _text(place / files.out).strip()
    greeted = _GREETED.search(_text(place / files.qqout))
    seen = time.time() + 1  # what it told is a whole second
    if not told.isdecimal():
        return TinyJob(job.job_id, trouble=f"what it printed has not come home: {told[:80]!r}", kept=str(place))
    shutil.rmtree(place)
    work_dir = None if known.work_dir == known.input_dir else known.work_dir
    return TinyJob(job.job_id, greeted and greeted[1], known.main_node, work_dir, sent, float(told), seen)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
