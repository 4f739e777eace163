"""Effects whose locations name another host: asked for there, or, where files go from one host to the other, rsync.

Everything else that a copy needs at either end (the target made, a look, a sync to disk) is an effect of its own,
performed by the same performers there as here.
"""

import os
import posixpath
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar, assert_never, cast

from msgspec import Struct

from qq.core.arrival import arrival, looks, not_the_same
from qq.core.effects import ClearTemporary, Copy, Effect, Include, List, Location, Names, VerifyCopy
from qq.core.hosts import Between, Here, Nowhere, There, localised, where
from qq.core.listing import Listing
from qq.core.moments import Answer, Listed, Ok, Verified
from qq.core.paths import join, to_bytes
from qq.core.result import Failure, Result
from qq.core.rsync import (
    WORKSHOP,
    End,
    compare_argv,
    copy_argv,
    file_list,
    include_argv,
    include_directory_argv,
    included_list,
    missing_rsync,
)
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.asking import Outcome, ask
from qq.shell.perform.connecting import link_to
from qq.shell.perform.failing import Halt, answered, halt, named
from qq.shell.perform.libc import flushing
from qq.shell.perform.others import Others
from qq.shell.perform.transfer import Transfer, transfer
from qq.shell.perform.watch import Watch

T = TypeVar("T")
HerePerform = Callable[[Effect, Watch], Outcome]


def perform_anywhere(effect: Effect, watch: Watch, others: Others, here: HerePerform) -> Outcome:
    """Performs an effect wherever its locations are; ``here``: who performs those of this host."""
    place = where(effect)
    match place:
        case Here():
            return here(effect, watch)
        case There(host):
            return ask(others, host, localised(effect, host), watch)
        case Between(src_host, dst_host):
            return _between(effect, _Work(watch, others, here, src_host or dst_host or ""))
        case Nowhere(words):
            return Failure(Trouble(Reason.BUG, words))
        case _ as never:
            assert_never(never)


class _Work(Struct, frozen=True):
    """What the steps of one copy between two hosts share; ``host``: the other one."""

    watch: Watch
    others: Others
    here: HerePerform
    host: str


def _do(work: _Work, effect: Effect) -> Answer:
    """Performs a step at its end; ends the work if that fails."""
    answer = _granted(perform_anywhere(effect, work.watch, work.others, work.here))
    return cast("Answer", answer)  # no step writes a record


def _granted(result: Result[T, Trouble]) -> T:
    if isinstance(result, Failure):
        raise Halt(cast("Trouble", result.failure()))
    return result.unwrap()


def _between(effect: Effect, work: _Work) -> Outcome:
    match effect:
        case Copy():
            return answered(lambda: _copy(effect, work), _doing(effect.src, effect.dst))
        case VerifyCopy():
            return answered(lambda: _verify(effect, work), f"can't verify the copy of {effect.src} at {effect.dst}")
        case Include():
            return answered(lambda: _include(effect, work), f"can't copy included paths to {effect.dst}")
        case _:
            return Failure(Trouble(Reason.BUG, f"{type(effect).__name__} is not for two hosts"))


def _doing(src: Location, dst: Location) -> str:
    return f"can't copy {named(str(src))} to {named(str(dst))}"


def _end(location: Location) -> End:
    return End(location.path, location.host)


# --- rsync ------------------------------------------------------------------------------------------------------------


def _shell(work: _Work) -> Sequence[str]:
    """How rsync reaches the other host: over the connection that is there. Neither end without rsync goes further."""
    link = _granted(link_to(work.others, work.host, work.watch))
    if not link.rsync:
        raise Halt(missing_rsync(work.host))
    return link.shell


def _run(work: _Work, argv: Sequence[bytes], names: bytes, doing: str, *, vanished_ok: bool = False) -> None:
    _granted(transfer(_transfer(work, argv, names, doing, vanished_ok), work.watch))


def _transfer(work: _Work, argv: Sequence[bytes], names: bytes, doing: str, vanished_ok: bool) -> Transfer:
    return Transfer(
        argv=argv,
        names=names,
        host=work.host,
        doing=doing,
        silence=work.others.settings.rsync_silence,
        vanished_ok=vanished_ok,
    )


def _make_target(work: _Work, dst: Location) -> None:
    """Makes the target, not its parents."""
    _do(work, Copy(Location("/", dst.host), dst, Listing()))


def _flushed(work: _Work, dst: Location) -> AbstractContextManager[None]:
    """What arrives on this host is written to disk while more arrives."""
    return nullcontext() if dst.host is not None else flushing(dst.path, work.watch)


def _clear_workshop(work: _Work, dst: Location) -> None:
    """All is whole: what earlier tries left is of no use."""
    _do(work, ClearTemporary(Location(join(dst.path, WORKSHOP), dst.host)))


def _copy(effect: Copy, work: _Work) -> Ok:
    shell = _shell(work)
    _make_target(work, effect.dst)
    if effect.entries.count:
        largest = max(entry.size for entry in effect.entries)
        argv = copy_argv(shell, _end(effect.src), _end(effect.dst), largest=largest, vanished_ok=effect.vanished_ok)
        doing = _doing(effect.src, effect.dst)
        with _flushed(work, effect.dst):
            _run(work, argv, file_list(effect.entries), doing, vanished_ok=effect.vanished_ok)
    _clear_workshop(work, effect.dst)
    return Ok()


# --- verifying --------------------------------------------------------------------------------------------------------


def _verify(effect: VerifyCopy, work: _Work) -> Verified:
    if not effect.entries.count:
        return Verified(Listing())
    on_disk, at_dst, at_src = looks(effect)
    with ThreadPoolExecutor(1) as meanwhile:  # one host syncs while the other looks
        synced = None if on_disk is None else meanwhile.submit(_do, work, on_disk)
        here = _look(work, at_src)
        if synced is not None:
            synced.result()
    there = _look(work, at_dst)
    found = _granted(arrival(effect, here, there))
    if found.unsure.count:
        _compare(effect, found.unsure, work)
    return Verified(found.proof)


def _look(work: _Work, look: List) -> Listing:
    return cast("Listed", _do(work, look)).listing or Listing()


def _compare(effect: VerifyCopy, unsure: Listing, work: _Work) -> None:
    """Contents, by rsync's checksums: only a good end *and* nothing printed counts."""
    argv = compare_argv(_shell(work), _end(effect.src), _end(effect.dst))
    what = Transfer(
        argv=argv,
        names=file_list(unsure),
        host=work.host,
        doing=f"can't compare {effect.src} with {effect.dst}",
        silence=work.others.settings.rsync_silence,
        tell=False,
    )
    if _granted(transfer(what, work.watch)).strip():
        raise Halt(not_the_same(effect, unsure))


# --- including --------------------------------------------------------------------------------------------------------


def _include(effect: Include, work: _Work) -> Ok:
    """One rsync for all paths, one more for all links to files, and one for each link to a directory."""
    kinds = {path: _kind(Location(path, effect.host), work) for path in effect.paths}
    shell = _shell(work)
    _make_target(work, effect.dst)
    dst, doing = _end(effect.dst), f"can't copy included paths to {effect.dst}"
    for follow in (False, True):
        paths = [path for path, kind in kinds.items() if kind == (_FILE_LINK if follow else _PLAIN)]
        argv = include_argv(shell, effect.host, dst, follow=follow)
        if paths:
            _run_included(work, argv, included_list(paths), doing)
    for path in (path for path, kind in kinds.items() if kind == _DIRECTORY_LINK):
        argv = include_directory_argv(shell, End(path, effect.host), dst, posixpath.basename(path))
        _run(work, argv, b"", doing)
    _clear_workshop(work, effect.dst)
    return Ok()


def _run_included(work: _Work, argv: Sequence[bytes], names: bytes, doing: str) -> None:
    """A link that leads nowhere shows only when it is followed: then an included path is missing."""
    try:
        _run(work, argv, names, doing)
    except Halt as ended:
        if ended.trouble.reason is Reason.NO_SUCH_FILE:
            halt(Reason.INCLUDED_MISSING, ended.trouble.words)
        raise


_PLAIN, _FILE_LINK, _DIRECTORY_LINK = range(3)


def _kind(at: Location, work: _Work) -> int:
    """What stands at an included path; a missing one ends the work, by name."""
    name = to_bytes(posixpath.basename(at.path))
    beside = List(Location(posixpath.dirname(at.path), at.host), only=Names((name,)))
    try:
        entries = cast("Listed", _do(work, beside)).listing or Listing()
    except Halt as ended:
        if ended.trouble.reason is not Reason.NO_SUCH_FILE:
            raise
        entries = Listing()  # a file stands where its directory should
    entry = next((entry for entry in entries if entry.path == name), None)
    if entry is None:
        halt(Reason.INCLUDED_MISSING, f"can't copy the included path {named(str(at))}: {os.strerror(2)}")
    if entry.kind != b"l":
        return _PLAIN
    below = List(at, only=Names(()))
    try:
        found = cast("Listed", _do(work, below))
    except Halt as ended:
        if ended.trouble.reason is Reason.NO_SUCH_FILE:
            return _FILE_LINK  # it is no directory
        raise
    if found.listing is None:
        halt(Reason.INCLUDED_MISSING, f"can't copy the included path {named(str(at))}: it is a link to nowhere")
    return _DIRECTORY_LINK
