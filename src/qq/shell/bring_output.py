"""Brings ``.qqout`` home that does not stand in the input directory yet: the very last thing that ``qq run`` does.

What is said afterwards stays on the node, so nothing is said but why it did not come.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from qq.core.away_output import AWAY_NAME, bring_home, is_still_ours, own_name
from qq.core.effects import Effect, List, Location, ReadRecord
from qq.core.moments import Answer, Booted, Listed, RecordFound
from qq.core.result import Failure, Result, Success
from qq.core.troubles import Trouble
from qq.shell.perform.failing import trouble_of
from qq.shell.perform.refusal import Refusal

Do = Callable[[Effect], Result[Answer | Refusal, Trouble]]
_STDOUT = 1


def bring_output(moment: Booted, do: Do) -> Trouble | None:
    """Brings what was said so far to the input machine and removes it here; why that could not be."""
    try:
        path = _file()
        if path is None:
            return None
        with tempfile.TemporaryDirectory(prefix="qq-out-", dir=path.parent) as directory:
            _second_name(path, Path(directory, own_name(moment.record)))
            trouble = _bring(moment, Location(directory), do)
        if trouble is None:
            path.unlink()
            if path.name == AWAY_NAME:
                path.parent.rmdir()
        return trouble
    except OSError as error:
        return trouble_of(error, "can't bring home what was said here")


def _file() -> Path | None:
    """Where this process's words go, if that is a file."""
    if not stat.S_ISREG(os.fstat(_STDOUT).st_mode):
        return None
    path = Path(f"/proc/self/fd/{_STDOUT}").readlink()
    return path if path.is_file() and path.stat().st_ino == os.fstat(_STDOUT).st_ino else None


def _second_name(path: Path, name: Path) -> None:
    try:
        name.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, name)


def _bring(moment: Booted, at: Location, do: Do) -> Trouble | None:
    asked = _all([ReadRecord((moment.record_at,)), List(at)], do)
    if isinstance(asked, Failure):
        return cast("Trouble", asked.failure())
    found, listed = cast("tuple[RecordFound, Listed]", asked.unwrap())
    if found.job is None or listed.listing is None or not is_still_ours(moment.record, found.job):
        return None
    effects = bring_home(moment.record, found.job, record_at=moment.record_at, at=at, entries=listed.listing)
    done = _all(effects, do)
    return cast("Trouble", done.failure()) if isinstance(done, Failure) else None


def _all(effects: Iterable[Effect], do: Do) -> Result[tuple[Answer, ...], Trouble]:
    answers: list[Answer] = []
    for effect in effects:
        result = do(effect)
        if isinstance(result, Failure):
            return Failure(cast("Trouble", result.failure()))
        answers.append(cast("Answer", result.unwrap()))
    return Success(tuple(answers))
