"""Pieces of a file, for who follows it from another host."""

import os
from pathlib import Path

import pytest

from qq.core.result import Failure, Success
from qq.core.talk import Piece, ReadPiece
from qq.shell.perform.piece import read_piece


def test_a_file_is_read_on_from_where_one_has_got_to(nasty_dir: Path) -> None:
    file = nasty_dir / "run.out"
    file.write_bytes(b"abc\xff\n")
    assert read_piece(ReadPiece(str(file), 0, 2)) == Success(Piece(b"ab"))
    assert read_piece(ReadPiece(str(file), 2, 100)) == Success(Piece(b"c\xff\n"))
    assert read_piece(ReadPiece(str(file), 5, 100)) == Success(Piece(b""))
    assert read_piece(ReadPiece(str(file), 99, 100)) == Success(Piece(b""))


def test_what_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("none", "none/none", "file/none"):
        assert read_piece(ReadPiece(str(tmp_path / name), 0, 1)) == Success(Piece(None))


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    path.mkdir() if kind == "directory" else os.mkfifo(path)
    found = read_piece(ReadPiece(str(path), 0, 1))
    assert isinstance(found, Failure)
    assert kind in found.failure().words


def test_a_position_that_is_none_is_a_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert isinstance(read_piece(ReadPiece(str(tmp_path / "file"), -1, 1)), Failure)
