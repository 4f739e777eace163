"""Sizes and modes in words, and what modes allow."""

import pytest
from pyrsistent import pvector

from qq.core.records.values import Dependency, Modes, ModeWord, Size


@pytest.mark.parametrize(
    ("kb", "text"), [(0, "0kb"), (1, "1kb"), (1024, "1mb"), (1536, "1536kb"), (3 * 1024**2, "3gb"), (1024**4, "1pb")]
)
def test_a_size_is_written_in_the_largest_unit_that_keeps_it_whole(kb: int, text: str) -> None:
    assert str(Size(kb)) == text


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["success"], {0}),
        (["failure"], {1, 42, 143}),
        (["always"], {0, 1, 42, 143}),
        (["never"], set()),
        ([42], {42}),
        (["success", 1], {0, 1}),
        ([], set()),
    ],
)
def test_modes_allow_an_exit_code_if_any_word_matches(words: list[ModeWord], allowed: set[int]) -> None:
    modes = Modes(tuple(words))
    assert {code for code in (0, 1, 42, 143) if modes.allows(code)} == allowed


def test_modes_and_dependencies_are_written_as_they_are_read() -> None:
    assert str(Modes(("success", 42))) == "success:42"
    assert str(Dependency("afterok", pvector(["1", "2"]))) == "afterok=1:2"
