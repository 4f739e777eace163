"""The database of a queue: one SQLite file, WAL where the file system is this machine's own.

Whoever changes something takes the write lock first (BEGIN IMMEDIATE); nobody forks while a connection is open (SQLite
keeps its locks per process: a child that opens the same database afterwards would believe it held them too).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from qq.core.troubles import Reason, Trouble
from qq.shell.batch.local.places import Places, is_local

_VERSION = 2
_FROM_1 = """
ALTER TABLE payloads ADD COLUMN requeues INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 2;
"""
_SCHEMA = f"""
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    token BLOB NOT NULL, name BLOB NOT NULL, user BLOB NOT NULL, input_dir BLOB NOT NULL, info_file BLOB NOT NULL,
    ncpus INTEGER NOT NULL, ngpus INTEGER NOT NULL, mem_kb INTEGER NOT NULL, walltime INTEGER,
    depend TEXT NOT NULL, stage TEXT NOT NULL, held INTEGER NOT NULL DEFAULT 0,
    submitted REAL NOT NULL, started REAL, ended REAL,
    pid INTEGER, ticks INTEGER, boot TEXT,
    kill_asked INTEGER NOT NULL DEFAULT 0,
    why INTEGER, exit_code INTEGER, detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX active ON jobs (number) WHERE stage <> 'ended';
CREATE INDEX by_token ON jobs (token);
CREATE TABLE payloads (
    number INTEGER PRIMARY KEY, own TEXT NOT NULL, starter BLOB NOT NULL, environ BLOB NOT NULL, output BLOB NOT NULL,
    umask INTEGER NOT NULL, kill_wait REAL NOT NULL, requeues INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = {_VERSION};
"""


def create(places: Places) -> None:
    """Makes the database if there is none; whole or not at all, whoever else does the same."""
    if os.path.exists(places.database):
        return
    private = f"{places.database}.{os.getpid()}.{os.urandom(4).hex()}"
    db = sqlite3.connect(private, isolation_level=None)
    try:
        if is_local(places.directory):
            db.execute("PRAGMA journal_mode = WAL").fetchall()
        db.executescript(_SCHEMA)
    finally:
        db.close()
    os.chmod(private, 0o600)
    try:
        os.link(private, places.database)
    except FileExistsError:
        pass
    finally:
        os.unlink(private)


def connect(places: Places, *, timeout: float) -> sqlite3.Connection:
    """A connection to a database that is there; waits ``timeout`` seconds for others' locks."""
    if not os.path.exists(places.database):
        raise FileNotFoundError(2, "no such queue", places.database)
    db = sqlite3.connect(places.database, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA synchronous = FULL")  # what was answered outlives a power cut
        version = _version(db)
        if version == 1:
            _bring_up_to_date(db)
            version = _version(db)
        if version != _VERSION:
            raise sqlite3.NotSupportedError(f"its table is of version {version}, this qq knows version {_VERSION}")
    except BaseException:
        db.close()
        raise
    return db


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    with changing(db):
        if _version(db) == 1:  # nobody else did it meanwhile
            for statement in _FROM_1.strip().splitlines():
                db.execute(statement)


@contextmanager
def opened(places: Places, *, timeout: float = 30.0) -> Iterator[sqlite3.Connection]:
    """A connection for a short while. Nothing in it may fork."""
    db = connect(places, timeout=timeout)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def changing(db: sqlite3.Connection) -> Iterator[None]:
    """One change: all of it, on disk at the end, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def trouble_of(places: Places, error: sqlite3.Error | OSError) -> Trouble:
    """The outside world's errors as a trouble."""
    words = f"the queue in {places.directory} can't be used: {error}"
    if isinstance(error, PermissionError):
        return Trouble(Reason.PERMISSION, words)
    if "full" in str(error) or "No space" in str(error):
        return Trouble(Reason.NO_SPACE, words)
    if isinstance(error, sqlite3.NotSupportedError) or "not a database" in str(error):
        return Trouble(Reason.BATCH_REFUSED, words)  # it took nothing, and will take nothing
    return Trouble(Reason.BATCH_NOT_ANSWERING, words, transient=isinstance(error, sqlite3.OperationalError))
