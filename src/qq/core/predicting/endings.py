"""Every way a job can end: the exit codes that its modes tell apart, and what can go wrong, when. Words and faults."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from qq.core.archive_format import filled
from qq.core.exitcodes import NO_RESUBMIT
from qq.core.lifecycle.decisions import (
    archive_dir,
    goes_on,
    included_names,
    should_archive,
    should_resubmit,
    should_transfer,
    uses_scratch,
)
from qq.core.paths import join, relative_to, to_text
from qq.core.predicting.doing import Doing
from qq.core.predicting.mishaps import DiskFull, Killed, Mishap, NodeLost, SubmissionRefused
from qq.core.records.job import JobInfo
from qq.core.simulate.world import Script

FAILURE = 1
"""A code that stands for all failures that no mode names."""
ANY_OTHER = "any other exit code"


class Ending(Struct, frozen=True):
    """One way to end. ``code``: what the script ends with, if it comes to that."""

    words: str
    code: int
    mishap: Mishap | None = None


def endings(job: JobInfo) -> list[Ending]:
    """All of them, those that need no accident first."""
    return [*by_code(job), *_killed(job), *_full(job), *_refused(job), *_lost(job)]


def by_code(job: JobInfo) -> list[Ending]:
    """The exit codes that are worth telling apart."""
    apart = _named_codes(job)
    named = sorted(apart - {0, FAILURE})
    found = [ending_with(0), ending_with(FAILURE)]
    if goes_on(job):
        found.append(Ending(f"exit {NO_RESUBMIT} (do not go on)", NO_RESUBMIT))
    found += [ending_with(code) for code in named if not (code == NO_RESUBMIT and goes_on(job))]
    return [*found, Ending(ANY_OTHER, _unnamed(named))] if named or FAILURE in apart else found


def ending_with(code: int) -> Ending:
    """The script ends with a code, and nothing goes wrong."""
    return Ending(f"exit {code}", code)


def covering(job: JobInfo, code: int) -> str:
    """The words of the ending that tells what happens for an exit code."""
    found = by_code(job)
    otherwise = found[-1] if found[-1].words == ANY_OTHER else found[1]
    return next((one.words for one in found if one.code == code), otherwise.words)


def example(job: JobInfo, code: int) -> Script:
    """A script that makes one file of each kind that is treated differently; the names say which."""
    return Script(code, dict.fromkeys(example_names(job), 1), runs_for=0)


def example_names(job: JobInfo) -> tuple[str, ...]:
    """New files; of a loop job also those that belong to this cycle and to the next."""
    cycle = job.loop.current if job.loop is not None else 1
    return tuple(named(template, job, cycle) for template in example_templates(job))


def example_templates(job: JobInfo) -> tuple[str, ...]:
    """The same for any cycle."""
    made = _free(job, ("results", "result files", "what it makes"))
    return (made,) if job.loop is None else (made, f"{THIS}.*", f"{NEXT}.*")


def example_input(job: JobInfo) -> str:
    """A file that the job begins with."""
    return _free(job, ("inputs", "input files", "what it needs"))


def _free(job: JobInfo, names: Sequence[str]) -> str:
    """The first name that nothing of the job's is called by: the archive may be ``results/storage``."""
    archive = [] if job.loop is None else [relative_to(archive_dir(job), job.input_dir) or ""]
    inside = (relative_to(join(job.input_dir, path), job.input_dir) or "" for path in (*job.excluded, *archive))
    taken = {job.script_name, *(path.split("/")[0] for path in inside), *map(to_text, included_names(job))}
    return next((name for name in names if name not in taken), names[-1])


THIS, NEXT, CYCLE = "{this}", "{next}", "{cycle}"
"""In names of files: the archive format with this cycle's number, with the next one's, and the bare number."""


def named(template: str, job: JobInfo, cycle: int) -> str:
    """The name of a file in a cycle."""
    fmt = job.loop.archive_format if job.loop is not None else None
    for placeholder, number in ((THIS, cycle), (NEXT, cycle + 1)):
        template = template.replace(placeholder, filled(fmt, number) if fmt is not None else str(number))
    return template.replace(CYCLE, str(cycle))


def _named_codes(job: JobInfo) -> set[int]:
    modes = [job.transfer_mode] if job.loop is None else [job.transfer_mode, job.loop.archive_mode]
    return {word for mode in modes for word in mode.words if isinstance(word, int) and 0 <= word <= 255}


def _unnamed(named: list[int]) -> int:
    return next(code for code in range(2, 256) if code not in named and code != NO_RESUBMIT)


def _code_that(job: JobInfo, decision: Callable[[JobInfo, int], bool]) -> int | None:
    """The first exit code for which a decision says yes."""
    return next((ending.code for ending in by_code(job) if decision(job, ending.code)), None)


def _killed(job: JobInfo) -> Iterator[Ending]:
    archives, comes_home = _code_that(job, should_archive), _code_that(job, should_transfer)
    yield _happens("killed while staging", 0, Killed(), Doing.STAGING)
    yield _happens("killed while running", 0, Killed(), Doing.RUNNING)
    if archives is not None:
        yield _happens("killed while archiving", archives, Killed(), Doing.ARCHIVING)
    yield _happens("killed while copying home", comes_home or 0, Killed(), Doing.COPYING_HOME)
    if should_resubmit(job, 0):
        yield _happens("killed while submitting the next job", 0, Killed(), Doing.SUBMITTING)
    at_last = "killed while scratch is cleared" if uses_scratch(job) else "killed while clearing up"
    yield _happens(at_last, comes_home or 0, Killed(), Doing.CLEARING_UP)


def _full(job: JobInfo) -> Iterator[Ending]:
    if not uses_scratch(job):
        yield _happens("home full while running", FAILURE, DiskFull("home"), Doing.RUNNING)
        return
    yield _happens("scratch full while staging", 0, DiskFull("scratch"), Doing.STAGING)
    yield _happens("scratch full while running", FAILURE, DiskFull("scratch"), Doing.RUNNING)
    archives, comes_home = _code_that(job, should_archive), _code_that(job, should_transfer)
    if archives is not None:
        yield _happens("home full while archiving", archives, DiskFull("home"), Doing.ARCHIVING)
    yield _happens("home full while copying home", comes_home or 0, DiskFull("home"), Doing.COPYING_HOME)


def _refused(job: JobInfo) -> Iterator[Ending]:
    if should_resubmit(job, 0):
        yield _happens("the next job is refused", 0, SubmissionRefused(), Doing.SUBMITTING)


def _lost(job: JobInfo) -> Iterator[Ending]:
    lost = NodeLost(requeued=job.requeue)
    yield _happens("node lost while staging", 0, lost, Doing.STAGING)
    yield _happens("node lost while running", 0, lost, Doing.RUNNING)
    comes_home = _code_that(job, should_transfer) or 0
    yield _happens("node lost while copying home", comes_home, lost, Doing.COPYING_HOME)


def _happens(words: str, code: int, kind: Killed | DiskFull | SubmissionRefused | NodeLost, when: Doing) -> Ending:
    return Ending(words, code, Mishap(kind, when))
