"""The record on disk: performers that write it, each under the directory's lock, and only if it still is what was read.

A link to an info file stays a link.
"""

import errno
import os
from collections.abc import Callable
from typing import TypeVar

from qq.core.effects import CreateRecord, Guard, ReadRecord, WithdrawRecord, WriteRecord
from qq.core.moments import Ok, RecordFound, Written
from qq.core.records.infofile import job_from_tree, tree_from_job
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Result, Success, failed
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.failing import named
from qq.shell.perform.lock import PATIENCE, GivenUpError, Held, LockedError, directory_lock
from qq.shell.perform.readrecord import found_at, read_record, version_of, wrong_with
from qq.shell.perform.refusal import NOTHING, Refusal
from qq.shell.perform.watch import Watch
from qq.shell.perform.writerecord import record_text, write_text

__all__ = [
    "create_record",
    "read_first",
    "read_record",
    "record_text",
    "update_record",
    "withdraw_record",
    "write_record",
    "write_text",
]

HURRY = 1.0
"""Seconds that a hurried writer waits for the lock."""
_REASONS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), Reason.NO_SPACE),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), Reason.PERMISSION),
}
_NOBODY = Watch()
T = TypeVar("T")


def read_first(effect: ReadRecord, _watch: Watch) -> Result[RecordFound, Trouble]:
    """The first of these places that has a record. One that can't be read is a failure, not an absence."""
    for number, place in enumerate(effect.places):
        result = read_record(place.path)
        if isinstance(result, Success):
            job, version = result.unwrap()
            return Success(RecordFound(job, number, version))
        if not _absent(result.failure()):
            return Failure(result.failure())
    return Success(RecordFound(None))


def write_record(effect: WriteRecord, watch: Watch) -> Result[Written | Refusal, Trouble]:
    """Performs ``WriteRecord``: replaces the record if it still is what was last read. Twice is once."""
    patience = HURRY if effect.hurried else PATIENCE
    return _locked(effect.at.path, patience, watch, lambda path, held: _replace(path, effect, held))


def _replace(path: str, effect: WriteRecord, held: Held) -> Result[Written | Refusal, Trouble]:
    read = found_at(path)
    if isinstance(read, Failure):
        # What is no record of ours any more is not ours to repair.
        return Success(NOTHING) if _none_of_ours(read.failure()) else Failure(read.failure())
    found = read.unwrap()
    text = record_text(effect.job, found.text)
    if text == found.text:
        return Success(Written(found.version))
    if found.version != effect.expects:
        return Success(Refusal(found.job, found.version))
    return _write(path, effect.job, text, held)


def create_record(effect: CreateRecord, watch: Watch) -> Result[Written | Refusal, Trouble]:
    """Performs ``CreateRecord``: one that is there is handed back. Twice is once."""
    return _locked(effect.at.path, PATIENCE, watch, lambda path, held: _create(path, effect, held))


def _create(path: str, effect: CreateRecord, held: Held) -> Result[Written | Refusal, Trouble]:
    read = found_at(path)
    text = record_text(effect.job)
    if isinstance(read, Failure):
        if _absent(read.failure()):
            return _create_where_none_is(path, effect, text, held)
        return Success(NOTHING) if read.failure().reason is Reason.RECORD_INVALID else Failure(read.failure())
    found = read.unwrap()
    return Success(Written(found.version) if found.text == text else Refusal(found.job, found.version))


def _create_where_none_is(
    path: str, effect: CreateRecord, text: bytes, held: Held
) -> Result[Written | Refusal, Trouble]:
    for place in effect.moved_to:
        read = read_record(place.path)
        if isinstance(read, Success) and read.unwrap()[0].token == effect.job.token:
            return Success(Refusal(*read.unwrap()))
        if isinstance(read, Failure) and not _none_of_ours(read.failure()):
            return Failure(read.failure())
    trouble = None if effect.guard is None else disowned(effect.guard, f"{named(path)} was not created")
    return Failure(trouble) if trouble is not None else _write(path, effect.job, text, held)


def disowned(guard: Guard, otherwise: str) -> Trouble | None:
    """Why what a guard stands before must not be done; None: the record still is the job's own.

    ``otherwise``: what was not done therefore.
    """
    read = read_record(guard.record.path)
    trouble = failed(read)
    if trouble is not None:
        if not _absent(trouble):
            return trouble
        return Trouble(Reason.DISOWNED, f"{named(guard.record.path)} is gone; {otherwise}")
    version = read.unwrap()[1]
    if (version.token, version.attempt) == (guard.token, guard.attempt):
        return None
    return Trouble(Reason.DISOWNED, f"{named(guard.record.path)} belongs to another job by now; {otherwise}")


def withdraw_record(effect: WithdrawRecord, watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``WithdrawRecord``: removes a record that nobody claimed (no id, no working directory, not ended)."""
    return _locked(effect.at.path, PATIENCE, watch, lambda path, held: _withdraw(path, effect.token, held))


def _withdraw(path: str, token: str, held: Held) -> Result[Ok, Trouble]:
    read = read_record(path)
    if isinstance(read, Failure):
        return Success(Ok()) if _none_of_ours(read.failure()) else Failure(read.failure())
    job = read.unwrap()[0]
    if job.token == token and job.job_id is None and job.work_dir is None and not job.state.ended:
        held.check()
        os.unlink(path)
    return Success(Ok())


def update_record(
    path: str, user: str | None, change: Callable[[JobInfo], JobInfo | None], watch: Watch = _NOBODY
) -> Result[JobInfo, Trouble]:
    """Reads, changes and writes in one lock; None of a change leaves the record as it is. Gives what stands then."""
    return _locked(path, PATIENCE, watch, lambda real, held: _update(real, user, change, held))


def _update(
    path: str, user: str | None, change: Callable[[JobInfo], JobInfo | None], held: Held
) -> Result[JobInfo, Trouble]:
    read = found_at(path, user)
    if isinstance(read, Failure):
        return Failure(read.failure())
    found = read.unwrap()
    changed = change(found.job)
    if changed is None or changed == found.job:
        return Success(found.job)
    return _write(path, changed, record_text(changed, found.text), held).map(lambda _written: changed)


# --- pieces -----------------------------------------------------------------------------------------------------------


def _write(path: str, job: JobInfo, text: bytes, held: Held) -> Result[Written | Refusal, Trouble]:
    # A record that nobody could read again must never take the place of one that can be read.
    readable = job_from_tree(tree_from_job(job))
    if isinstance(readable, Failure):
        words = f"{named(path)}: the info file was not written: {wrong_with(readable.failure())}"
        return Failure(Trouble(Reason.RECORD_NOT_WRITTEN, words))
    write_text(path, text, held)
    return Success(Written(version_of(job, text)))


def _absent(trouble: Trouble) -> bool:
    return trouble.reason is Reason.NO_SUCH_FILE


def _none_of_ours(trouble: Trouble) -> bool:
    return _absent(trouble) or trouble.reason is Reason.RECORD_INVALID


def _locked(
    path: str, patience: float, watch: Watch, work: Callable[[str, Held], Result[T, Trouble]]
) -> Result[T, Trouble]:
    """Does something with the file, which a link leads to, under the lock of the directory that it stands in."""
    try:
        real = os.path.realpath(path) if os.path.islink(path) and os.path.exists(path) else path
        with directory_lock(os.path.dirname(real), patience, watch.interrupted) as held:
            return work(real, held)
    except LockedError:
        words = f"{named(path)}: another command has been changing this directory for {patience:.0f} s; try again"
        return Failure(Trouble(Reason.LOCKED, words, transient=True))
    except GivenUpError:
        return Failure(Trouble(Reason.INTERRUPTED, f"{named(path)}: interrupted while waiting for its lock"))
    except FileNotFoundError:
        return Failure(_gone(path))
    except OSError as error:
        return Failure(_not_written(path, error))
    except UnicodeEncodeError:
        words = f"{named(path)}: the info file was not written: a text in it is neither Unicode nor a file's name"
        return Failure(Trouble(Reason.RECORD_NOT_WRITTEN, words))


def _gone(path: str) -> Trouble:
    return Trouble(Reason.INPUT_DIR_GONE, f"{named(path)}: the directory of the info file is gone", transient=True)


def _not_written(path: str, error: OSError) -> Trouble:
    why = (error.strerror or str(error)).lower()
    reason = _REASONS.get(error.errno or 0, Reason.RECORD_NOT_WRITTEN)
    return Trouble(reason, f"{named(path)}: the info file could not be written: {why}", transient=True)
