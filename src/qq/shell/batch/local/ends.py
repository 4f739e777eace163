"""How a job ended, noted durably: in the database, or in a file of its own for the time that it can't be written."""

import os
import sqlite3
import time

from msgspec import Struct

from qq.core.schedulers.local_words import ended_by
from qq.core.troubles import Reason
from qq.shell.batch.local import database, store
from qq.shell.batch.local.places import Places

_KEEP_TRYING = 3600.0
_PAUSE = 5.0


class End(Struct, frozen=True):
    """``why`` None: by itself. ``when``: epoch seconds."""

    exit_code: int | None
    why: Reason | None
    detail: str
    when: float


def note(places: Places, number: int, end: End) -> None:
    """Notes it in one of the two places, however long that takes (no space, say), an hour at most."""
    until = time.monotonic() + _KEEP_TRYING
    while not (_into_database(places, number, end) or _into_file(places, number, end)):
        if not os.path.isdir(places.directory) or time.monotonic() > until:
            return
        time.sleep(_PAUSE)


def write(db: sqlite3.Connection, number: int, end: End) -> None:
    """Within a change of the database."""
    store.ended(db, number, exit_code=end.exit_code, why=end.why, detail=end.detail, now=end.when)


def _into_database(places: Places, number: int, end: End) -> bool:
    try:
        with database.opened(places) as db, database.changing(db):
            write(db, number, end)
    except (sqlite3.Error, OSError):
        return False
    return True


def _into_file(places: Places, number: int, end: End) -> bool:
    import json  # rarely needed, and `qq info` is quick

    text = json.dumps([end.exit_code, end.why.number if end.why else None, end.detail, end.when])
    path, private = places.end(number), places.end(number) + ".new"
    try:
        with open(private, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.rename(private, path)
    except OSError:
        return False
    return True


def read_file(places: Places, number: int) -> End | None:
    """The note that could not be written into the database, if there is one."""
    import json

    try:
        with open(places.end(number), encoding="ascii") as file:
            exit_code, why, detail, when = json.load(file)
    except (OSError, ValueError):
        return None
    return End(exit_code, ended_by(why), detail, when)


def forget_file(places: Places, number: int) -> None:
    """It stands in the database by now."""
    try:
        os.unlink(places.end(number))
    except FileNotFoundError:
        return
