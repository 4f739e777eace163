"""Where a new loop job stands: its archive, and the cycle that it starts at (SPEC 3 and 4)."""

from pyrsistent import pvector

from qq.core.archive_format import highest_cycle
from qq.core.choices import Choices
from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import relative_to
from qq.core.records.job import LoopInfo
from qq.core.records.values import Modes
from qq.core.result import Failure, Fault, Faults, Result, Success, fault
from qq.core.submission.circumstances import ArchiveIs, InputDirectory
from qq.core.submission.files import absolute

ARCHIVE = "storage"
ARCHIVE_FORMAT = "job%04d"
LOOP_START = 1


def archive_path(choices: Choices, input_dir: str) -> str:
    """Where the archive of a loop job is to be, absolute."""
    return absolute(input_dir, choices.archive or ARCHIVE)


def loop_info(choices: Choices, directory: InputDirectory) -> Result[LoopInfo, Faults]:
    """The loop of a new job, which starts at the highest cycle that the archive has files of."""
    start, end = choices.loop_start if choices.loop_start is not None else LOOP_START, choices.loop_end
    archive = _archive(choices, directory)
    faults = [*_range_faults(start, end), *(archive.failure() if isinstance(archive, Failure) else ())]
    if faults or end is None:
        return Failure(pvector(faults))
    fmt = choices.archive_format or ARCHIVE_FORMAT
    current = highest_cycle(fmt, directory.archive_names, start)
    if current > end:
        words = f"the archive {archive.unwrap()} is at cycle {current} already; raise loop-end ({end}) to go on"
        return fault("loop-end", words)
    mode = choices.archive_mode or Modes()
    return Success(
        LoopInfo(start=start, end=end, archive=archive.unwrap(), archive_format=fmt, current=current, archive_mode=mode)
    )


def _range_faults(start: int, end: int | None) -> list[Fault]:
    if end is None:
        return [Fault("loop-end", "a loop job needs the number of its last cycle: '# qq loop-end N' or --loop-end N")]
    return [Fault("loop-start", f"the first cycle ({start}) comes after the last one ({end})")] if start > end else []


def _archive(choices: Choices, directory: InputDirectory) -> Result[str, Faults]:
    """The archive, relative to the input directory."""
    name = choices.archive or ARCHIVE
    inside = relative_to(archive_path(choices, directory.path), directory.path)
    if inside is None:
        return fault("archive", f"'{name}' lies outside the input directory {directory.path}")
    if inside == "." or directory.archive_is is ArchiveIs.INPUT_DIR:
        return fault("archive", f"'{name}' is the input directory itself; the archive must be a directory inside it")
    if directory.archive_is is ArchiveIs.SOMETHING_ELSE:
        return fault("archive", f"'{name}' is no directory, and none can be made there")
    if any(part.startswith(TEMPORARY_PREFIX) for part in inside.split("/")):
        return fault("archive", f"'{name}': names that start with '{TEMPORARY_PREFIX}' belong to qq")
    return Success(inside)
