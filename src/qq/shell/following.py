"""What a job's script prints, wherever it stands by now: at home, in its working directory, on another host.

A text is read on from where one has got to. One that was read on another host goes on at home once it has been brought
there: it is the same text.
"""

import os
import posixpath
from collections.abc import Iterable, Iterator

from msgspec import Struct

from qq.core.away_output import away_output
from qq.core.effects import Location
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.names import ERR_SUFFIX, INFO_SUFFIX, OUT_SUFFIX, QQ_OUT_SUFFIX
from qq.core.real_state import real_state
from qq.core.result import Failure, Result, Success, value_or_none
from qq.core.states import RealState
from qq.core.talk import Piece, ReadPiece
from qq.core.troubles import Trouble
from qq.shell.perform.asking import ask_piece
from qq.shell.perform.failing import named, trouble_of
from qq.shell.perform.others import Others
from qq.shell.perform.watch import Watch
from qq.shell.reach import reached_over
from qq.shell.select import Job

PIECE = 1 << 20
_OVER = (RealState.FINISHED, RealState.FAILED, RealState.KILLED)


class Text(Struct):
    """A text that is being read. ``position``: bytes read so far; ``open``: a descriptor, where it is on this host."""

    at: Location
    position: int = 0
    open: int | None = None


def places(job: Job, suffix: str) -> Iterator[Location]:
    """Where the text may stand, the likeliest place first: `.qqout` is at home from the beginning, if it can be."""
    record = job.record
    recorded = {OUT_SUFFIX: record.stdout_file, ERR_SUFFIX: record.stderr_file}.get(suffix)
    names = [job.info_file.removesuffix(INFO_SUFFIX) + suffix, *([recorded] if recorded else [])]
    at_home = [Location(posixpath.join(record.input_dir, name)) for name in names]
    over = reached_over(record, record.main_node)
    if suffix == QQ_OUT_SUFFIX:
        away = away_output(record)
        yield from [*at_home, *([Location(away, over)] if away and over else [])]
    elif record.work_dir is None or not uses_scratch(record):
        yield from at_home
    else:
        at_work = [Location(posixpath.join(record.work_dir, posixpath.basename(place.path)), over) for place in at_home]
        ended = real_state(record, job.evidence) in _OVER
        yield from [*at_home, *at_work] if ended else [*at_work, *at_home]


def first_there(job: Job, suffix: str, others: Others, watch: Watch) -> tuple[Text | None, Trouble | None]:
    """The text, open at its beginning (None: it is nowhere), and why a likelier place could not be looked at."""
    trouble: Trouble | None = None
    for place in places(job, suffix):
        opened = _opened(place) if place.host is None else _far(place, place.host, others, watch)
        if isinstance(opened, Failure):
            trouble = opened.failure()
        elif (text := opened.unwrap()) is not None:
            return text, trouble
    return None, trouble


def _far(place: Location, host: str, others: Others, watch: Watch) -> Result[Text | None, Trouble]:
    found = ask_piece(others, host, ReadPiece(place.path, 0, 0), watch)
    return found.map(lambda piece: None if piece.data is None else Text(place))


def _opened(place: Location) -> Result[Text | None, Trouble]:
    if not posixpath.isfile(place.path):
        return Success(None)
    try:
        return Success(Text(place, open=os.open(place.path, os.O_RDONLY | os.O_CLOEXEC)))
    except OSError as error:
        return Failure(trouble_of(error, f"can't read {named(place.path)}"))


def read_on(text: Text, others: Others, watch: Watch) -> Result[Piece, Trouble]:
    """What has been written since; empty: nothing yet. None: the text is not there any more."""
    found = _read(text, others, watch)
    piece = value_or_none(found)
    text.position += len(piece.data or b"") if piece else 0
    return found


def _read(text: Text, others: Others, watch: Watch) -> Result[Piece, Trouble]:
    if text.at.host is not None:
        return ask_piece(others, text.at.host, ReadPiece(text.at.path, text.position, PIECE), watch)
    assert text.open is not None  # it is on this host
    try:
        return Success(Piece(os.pread(text.open, PIECE, text.position)))
    except OSError as error:
        return Failure(trouble_of(error, f"can't read {named(text.at.path)}"))


def go_on_at_home(text: Text, job: Job, suffix: str) -> bool:
    """Goes on in the same text at home, from where one has got to; False: it is not there, or one is there already."""
    if text.at.host is None:
        return False
    for place in places(job, suffix):
        found = value_or_none(_opened(place)) if place.host is None else None
        if found is not None and found.open is not None:
            if os.fstat(found.open).st_size >= text.position:
                text.at, text.open = found.at, found.open
                return True
            close([found])
    return False


def close(texts: Iterable[Text | None]) -> None:
    """Closes what is open."""
    for text in texts:
        if text is not None and text.open is not None:
            os.close(text.open)
            text.open = None
