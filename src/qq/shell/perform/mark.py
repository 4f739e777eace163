"""The mark beside a working directory, which says whose it is, and the lists beside it.

At the mark's own path stands JSON; at that path + ``.list`` what was staged (three sides: working directory, home,
archive), + ``.synced`` what ``qq sync`` brought home (records are added at its end), + ``.proof`` what is proved to
have arrived. A list counts only with the mark's own token in it.
"""

import errno
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress

from qq.core.effects import NoteCode, NoteProof, NoteSynced, ReadMark, RemoveMark, Stage
from qq.core.listing import Entry, Listing
from qq.core.marks import came_later, is_own
from qq.core.moments import Mark, MarkRead, Ok, Staged
from qq.core.paths import roots, to_bytes
from qq.core.result import Result
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.atomic import clear_temporaries, read_own, write_all, write_atomic
from qq.shell.perform.failing import Halt, answered, go_on, halt, named, trouble_of
from qq.shell.perform.listing import list_tree
from qq.shell.perform.lists import packed, unpacked
from qq.shell.perform.watch import Watch

_LIST, _SYNCED, _PROOF = b".list", b".synced", b".proof"
_RESERVED = 1 << 16
"""Bytes: a proof takes about a hundred for each file."""
_TICK = 0.001
_MAX_WAIT = 3.0
"""Seconds; file systems keep at least whole ones. Whatever has a later ctime after it lies in the future, and a change
would move it back."""


def stage(effect: Stage, watch: Watch) -> Result[Staged, Trouble]:
    """Performs ``Stage``: mark, list, then a wait until a change of any listed file would show in its ctime."""
    path = to_bytes(effect.mark.path)

    def work() -> Staged:
        token, attempt, *_ = _fields(path) or (None, 0)
        if came_later(token, attempt, effect):
            halt(Reason.DISOWNED, f"{named(path)} is a later attempt's by now")
        kept = _staged(path, effect.token) if effect.keep_list and token == effect.token else None
        if kept is None:
            _discard_lists(path)
        _write_mark(path, token=effect.token, attempt=effect.attempt, job_id=effect.job_id, exit_code=None)
        if kept is not None:
            return Staged(*kept)
        listing = list_tree(to_bytes(effect.work_dir), without=roots(effect.without), watch=watch)
        if listing is None:
            return halt(Reason.WORK_DIR_GONE, f"the working directory {named(effect.work_dir)} is gone")
        staged = Staged(listing, effect.home, effect.archive)
        write_atomic(path + _LIST, packed(effect.token, [staged.work, staged.home, staged.archive]))
        if os.path.dirname(path) != to_bytes(effect.work_dir):
            _reserve(path + _PROOF, len(listing.data))
        _wait_until_later(path + _LIST, listing, watch)
        return staged

    return answered(work, f"can't write the mark {named(path)}")


def _reserve(proof: bytes, listed: int) -> None:
    """Room for the proof, while there is any: the script may fill scratch to the last byte. Zeros prove nothing."""
    with suppress(OSError):  # without it the job goes on all the same
        fd = os.open(proof, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            os.posix_fallocate(fd, 0, max(_RESERVED, 2 * listed))
        finally:
            os.close(fd)


def _wait_until_later(beside: bytes, listing: Listing, watch: Watch) -> None:
    """Until a file that is touched now has a later ctime than every entry: from then on no change goes unseen."""
    latest = max((entry.ctime for entry in listing), default=0)
    deadline = time.monotonic() + _MAX_WAIT
    os.utime(beside)
    while os.stat(beside).st_ctime_ns <= latest and time.monotonic() < deadline:
        go_on(watch)
        time.sleep(_TICK)
        os.utime(beside)


def read_mark(effect: ReadMark, _watch: Watch) -> Result[MarkRead, Trouble]:
    """Performs ``ReadMark``. A mark that is no mark, or not the user's own, is none."""
    path = to_bytes(effect.at.path)
    what = "can't read the mark"

    def work() -> MarkRead:
        try:
            return MarkRead(_mark(path), os.path.isdir(to_bytes(effect.work_dir)))
        except OSError as error:
            file = error.filename if isinstance(error.filename, bytes) else path  # perhaps a list beside it
            raise Halt(trouble_of(error, f"{what} {named(file)}")) from error

    return answered(work, f"{what} {named(path)}")


def _mark(path: bytes) -> Mark | None:
    fields = _fields(path)
    if fields is None:
        return None
    token, attempt, job_id, exit_code = fields
    work, home, archive = _staged(path, token) or (None, None, None)
    return Mark(
        token=token,
        attempt=attempt,
        job_id=job_id,
        exit_code=exit_code,
        work=work,
        home=home,
        archive=archive,
        synced=_synced(path, token),
        proved=noted_proof(path, token) is not None,
    )


def _fields(path: bytes) -> tuple[str, int, str, int | None] | None:
    data = read_own(path)
    if data is None:
        return None
    try:
        read = json.loads(data)
        code = read["exit_code"]
        return str(read["token"]), int(read["attempt"]), str(read["job_id"]), None if code is None else int(code)
    except (ValueError, KeyError, TypeError):
        return None


def token_of(path: bytes) -> str | None:
    """Whose mark stands at this path; None: nobody's. Raises OSError."""
    fields = _fields(path)
    return fields[0] if fields else None


def _write_mark(path: bytes, *, token: str, attempt: int, job_id: str, exit_code: int | None) -> None:
    mark = {"token": token, "attempt": attempt, "job_id": job_id, "exit_code": exit_code}
    write_atomic(path, [json.dumps(mark).encode("ascii") + b"\n"], durable=exit_code is not None)


def _records(path: bytes, token: str) -> list[list[Listing]]:
    return unpacked(read_own(path) or b"", token)


def _staged(path: bytes, token: str) -> tuple[Listing, Listing, Listing] | None:
    for record in _records(path + _LIST, token):
        if len(record) == 3:
            return record[0], record[1], record[2]
    return None


def _synced(path: bytes, token: str) -> Listing:
    """All that was noted; a path may have several entries, each of which may be what stands at home."""
    return Listing.of(sorted(set(_each(_records(path + _SYNCED, token)))))


def _each(records: list[list[Listing]]) -> Iterator[Entry]:
    return (entry for record in records for listing in record for entry in listing)


def noted_proof(path: bytes, token: str) -> Listing | None:
    """The proof beside a mark; None: none was noted."""
    for record in _records(path + _PROOF, token):
        return record[0]
    return None


def note_code(effect: NoteCode, _watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``NoteCode``: on disk when this returns."""
    path = to_bytes(effect.mark.path)

    def work() -> Ok:
        token, attempt, job_id, _ = _own_fields(path)
        if not is_own(token, attempt, effect):
            halt(Reason.DISOWNED, f"{named(path)} is another attempt's by now")
        _write_mark(path, token=token, attempt=attempt, job_id=job_id, exit_code=effect.exit_code)
        return Ok()

    return answered(work, f"can't write the mark {named(path)}")


def note_proof(effect: NoteProof, _watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``NoteProof``: on disk when this returns."""
    path = to_bytes(effect.mark.path)

    def work() -> Ok:
        token = _own_fields(path)[0]
        try:
            write_atomic(path + _PROOF, packed(token, [effect.proof]), durable=True)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or noted_proof(path, token) is not None:
                raise
            _unlink(path + _PROOF)
            write_atomic(path + _PROOF, packed(token, [effect.proof]), durable=True)
        return Ok()

    return answered(work, f"can't write beside the mark {named(path)}")


def note_synced(effect: NoteSynced, _watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``NoteSynced``: adds a record at the end, so that two at once lose nothing."""
    path = to_bytes(effect.mark.path)

    def work() -> Ok:
        _append(path + _SYNCED, b"".join(packed(_own_fields(path)[0], [effect.at_home])))
        return Ok()

    return answered(work, f"can't write beside the mark {named(path)}")


def _append(path: bytes, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    size = os.fstat(fd).st_size
    try:
        write_all(fd, data)
    except OSError:
        os.ftruncate(fd, size)
        raise
    finally:
        os.close(fd)


def _own_fields(path: bytes) -> tuple[str, int, str, int | None]:
    fields = _fields(path)
    if fields is None:
        return halt(Reason.NO_SUCH_FILE, f"the mark {named(path)} of the working directory is gone")
    return fields


def _discard_lists(path: bytes) -> None:
    for suffix in (_PROOF, _SYNCED, _LIST):
        _unlink(path + suffix)


def _unlink(path: bytes) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def discard_mark(path: bytes) -> None:
    """Removes the lists, then the mark, and what a writer of these left that was killed. Raises OSError."""
    directory, name = os.path.split(path)
    clear_temporaries(directory, (name, *(name + suffix for suffix in (_LIST, _SYNCED, _PROOF))))
    _discard_lists(path)
    _unlink(path)


def remove_mark(effect: RemoveMark, _watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``RemoveMark``; another job's mark stays."""
    path = to_bytes(effect.mark.path)

    def work() -> Ok:
        if token_of(path) == effect.token:
            discard_mark(path)
        return Ok()

    return answered(work, f"can't remove the mark {named(path)}")
