"""Reads a piece of a file for somebody who follows it from another host."""

import os

from qq.core.result import Failure, Result, Success
from qq.core.talk import Piece, ReadPiece
from qq.core.troubles import Trouble
from qq.shell.here import regular_descriptor
from qq.shell.perform.failing import named, trouble_of


def read_piece(asked: ReadPiece) -> Result[Piece, Trouble]:
    """What stands there now."""
    try:
        descriptor = regular_descriptor(asked.path)
    except (FileNotFoundError, NotADirectoryError):
        return Success(Piece(None))
    except OSError as error:
        return Failure(trouble_of(error, f"can't read {named(asked.path)}"))
    try:
        return Success(Piece(os.pread(descriptor, asked.count, asked.position)))
    except OSError as error:
        return Failure(trouble_of(error, f"can't read {named(asked.path)}"))
    finally:
        os.close(descriptor)
