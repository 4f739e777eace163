"""What somebody wants of the queue as a whole: kept in its table, since supervisors come and go."""

import sqlite3

from qq.core.schedulers.local import Capacity, Limits, limited
from qq.shell.batch.local import machine, store

_CAPACITY = "capacity"


def capacity(db: sqlite3.Connection) -> Capacity:
    """What the queue gives away on this machine."""
    return limited(machine.capacity(), limits(db))


def limits(db: sqlite3.Connection) -> Limits:
    """What was configured."""
    text = store.setting(db, _CAPACITY)
    if text is None:
        return Limits()
    import json  # few have set any, and `qq info` is quick

    return Limits(*json.loads(text))


def set_limits(db: sqlite3.Connection, wanted: Limits) -> None:
    """Within a change of the database."""
    import json

    store.set_setting(db, _CAPACITY, json.dumps([wanted.ncpus, wanted.ngpus, wanted.mem_kb]))
