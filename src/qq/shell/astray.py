"""Whether an info file lies where it belongs. One that was copied or moved with its directory speaks of the old one:
what is done by a copy would befall the original, and what is done by a moved one a directory that is gone."""

import posixpath
import shlex
from collections.abc import Iterator
from contextlib import suppress

from qq.core.paths import join
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Success, value_or_none
from qq.core.submission.request import info_path
from qq.core.suitability import Verdict
from qq.shell.here import is_named_shared
from qq.shell.perform.readrecord import found_at
from qq.shell.reach import is_this_host
from qq.shell.records import archives_of, info_files
from qq.shell.select import Job


def in_place(job: Job, command: str) -> Verdict:
    """Refuses an info file that was copied or moved. One in the archive is where the next cycle moved it."""
    return Success(job.record) if _is_right(job) else _no_copy(job, command).bind(lambda _: _not_moved(job))


def no_copy(job: Job, command: str) -> Verdict:
    """Refuses a copy only, and names the original: for what can be done with an info file that was moved."""
    return Success(job.record) if _is_right(job) else _no_copy(job, command)


def _no_copy(job: Job, command: str) -> Verdict:
    original = next((path for path in _places(job) if _token_at(path) == job.record.token), None)
    if original is None:
        return Success(job.record)
    instead = f"qq {command} -d {shlex.quote(posixpath.dirname(original))}"
    return Failure(f"is a job of {job.record.input_dir}, and {job.info_file} is a copy: {instead}")


def _not_moved(job: Job) -> Verdict:
    home, now = job.record.input_dir, posixpath.dirname(job.info_file)
    if _same_directory(now, home) or not _would_be_seen(job.record):
        return Success(job.record)
    if job.record.loop is not None:
        now = now.removesuffix(join("/", job.record.loop.archive.removeprefix(home)))
    gone = f"is a job of {home}, where its info file is no more" if posixpath.isdir(home) else ""
    return Failure(f"{gone or f'its input directory {home} is gone'}: if it was moved to {now}, move it back")


def _is_right(job: Job) -> bool:
    home = info_path(job.record)
    if job.info_file == home or _same_place(job.info_file, home):
        return True
    return any(_same_directory(posixpath.dirname(job.info_file), archive) for archive in _archives(job.record))


def _same_place(one: str, other: str) -> bool:
    """Links to a file are followed; hard links, as copies can be, are files of their own."""
    (directory, name), (another, same) = (posixpath.split(posixpath.realpath(path)) for path in (one, other))
    return name == same and _same_directory(directory, another)


def _same_directory(one: str, other: str) -> bool:
    try:
        return posixpath.samefile(one, other)
    except OSError:
        return False


def _archives(record: JobInfo) -> Iterator[str]:
    """Its own; and those of the jobs that are in its input directory now: one of them moved it."""
    if record.loop is not None:
        yield join(record.input_dir, record.loop.archive)
        yield from archives_of(record.input_dir)


def _places(job: Job) -> Iterator[str]:
    """Where the original may stand, likely places first."""
    yield info_path(job.record)
    for archive in _archives(job.record):
        yield join(archive, posixpath.basename(job.info_file))
        with suppress(OSError):
            yield from info_files(archive)


def _token_at(path: str) -> str | None:
    found = value_or_none(found_at(path))
    return None if found is None else found.job.token


def _would_be_seen(record: JobInfo) -> bool:
    """Whether its input directory would be seen here if it were there: another host may have it under that name."""
    site = record.site
    shared = site is not None and is_named_shared(record.input_dir, site)
    return record.batch_system == "local" or shared or is_this_host(record.input_machine)
