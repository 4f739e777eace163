"""The records of jobs as they are found on disk: in a directory, or where the batch system says.

What can't be read becomes a line of its own, the others go on.
"""

import os
import posixpath
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from qq.core.evidence import Seen
from qq.core.records.job import JobInfo
from qq.core.result import Failure
from qq.core.selection import Lost, Selection, is_info_name, without_record
from qq.core.troubles import Trouble
from qq.shell.here import current_directory, user_name
from qq.shell.perform.readrecord import found_at


class Records(Struct):
    """What has been read, and a line for everything that could not be."""

    found: dict[str, JobInfo] = field(default_factory=dict)
    """Path of the info file → record."""
    troubles: list[str] = field(default_factory=list)
    lost: dict[str, Lost] = field(default_factory=dict)
    """Id → a live job whose record can't be found or read; none of the lines is about it."""

    def read(self, path: str) -> JobInfo | None:
        """One record; None: there is none that can be read."""
        if path in self.found:
            return self.found[path]
        result = found_at(path)
        if isinstance(result, Failure):
            self.troubles.append(_about(path, result.failure()))
            return None
        self.found[path] = result.unwrap().job
        return self.found[path]

    def read_directory(self, directory: str) -> None:
        """All records in a directory; one without any is a trouble, unless it is the current one."""
        try:
            paths = info_files(directory)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            self.troubles.append(f"{directory}: the directory can't be read: {why}")
            return
        if not paths and directory != here():
            self.troubles.append(f"{directory}: there is no job in this directory (no *.qqinfo)")
        for path in paths:
            self.read(path)

    def of(self, seen: Seen) -> str | None:
        """Where the record of a job stands that the batch system knows; it is taken over.

        It is where the batch system says, or in the archive, where the next cycle moved it. If there is none any more,
        that becomes a line.
        """
        tried = Records()
        path = next((path for path in _places_of(seen) if (job := tried.read(path)) and _is_of(job, seen)), None)
        if path is not None:
            self.found[path] = tried.found[path]
        else:
            there = seen.info_file is not None and posixpath.lexists(seen.info_file)
            wrong = next(iter(tried.troubles), None) if there else None
            anew = next((job for job in tried.found.values() if job.token == seen.token), None)
            told = without_record(seen, user_name(), wrong, anew or tried.found.get(seen.info_file or ""))
            if isinstance(told, Lost):
                self.lost[seen.job_id] = told
            else:
                self.troubles.append(told)
        return path


def here() -> str:
    """The current directory as the user calls it."""
    return current_directory(os.environ)


def info_files(directory: str) -> list[str]:
    """The info files of a directory, by name; an error of the outside world is the caller's."""
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if is_info_name(entry.name))
    return [posixpath.join(directory, name) for name in names]


def archives_of(directory: str) -> list[str]:
    """The archives that the records of a directory name; none of one that can't be read."""
    records = Records()
    try:
        paths = info_files(directory)
    except OSError:
        return []
    archives = {job.loop.archive for path in paths if (job := records.read(path)) is not None and job.loop is not None}
    return [posixpath.normpath(posixpath.join(directory, archive)) for archive in sorted(archives)]


def directories(selection: Selection, troubles: list[str]) -> list[str]:
    """The directories of a selection, absolute; what is none becomes a line of ``troubles``."""
    found = [here()] if selection.here else []
    for word in selection.dirs:
        matches = _directories_named(word)
        if not matches:
            troubles.append(f"{word or repr(word)}: no such directory")
        found.extend(posixpath.abspath(match) for match in matches)
    return list(dict.fromkeys(found))


def _directories_named(word: str) -> list[str]:
    if posixpath.isdir(word):
        return [word]
    from glob import glob

    return sorted(filter(posixpath.isdir, glob(word)))  # noqa: PTH207  (words of the user, not paths)


def _about(path: str, trouble: Trouble) -> str:
    words = str(trouble)
    return words if path in words else f"{path}: {words}"


def _places_of(seen: Seen) -> Iterator[str]:
    """Where the record of a job may stand, the likely place first. Lazily: usually it is there.

    Accounting may have lost what names it: then it is one of those in the directory that the job belongs to.
    """
    if seen.info_file is not None:
        yield seen.info_file
        yield from _elsewhere(posixpath.dirname(seen.info_file))
    else:
        for directory in dict.fromkeys([here(), *([seen.input_dir] if seen.input_dir else [])]):
            try:
                yield from info_files(directory)
            except OSError:
                continue
            yield from _elsewhere(directory)


def _is_of(job: JobInfo, seen: Seen) -> bool:
    return job.job_id == seen.job_id or (job.job_id is None and job.token == seen.token)


def _elsewhere(directory: str) -> Iterable[str]:
    """Info files in the archives that the records of a directory name."""
    for archive in archives_of(directory):
        try:
            yield from info_files(archive)
        except OSError:
            continue
