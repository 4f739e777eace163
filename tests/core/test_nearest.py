"""Which name was probably meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qq.core.nearest import did_you_mean, distance, nearest

COMMANDS = ["info", "jobs", "kill", "logs", "submit", "sync", "wait"]


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("kil", "kill"),
        ("iinfo", "info"),
        ("jbos", "jobs"),
        ("sumbit", "submit"),
        ("KILL", "kill"),
        ("xyzzy", None),
        ("zz", None),
        ("look", None),
        ("", None),
    ],
)
def test_the_command_that_was_probably_meant(word: str, near: str | None) -> None:
    assert nearest(word, COMMANDS) == near


@pytest.mark.parametrize("word", ["wall-time", "WallTime", "wal_time"])
def test_the_style_of_a_name_is_no_difference(word: str) -> None:
    assert nearest(word, ["walltime", "work-dir"]) == "walltime"


def test_nothing_is_near_where_nothing_is() -> None:
    assert nearest("info", []) is None


def test_what_is_said_follows_a_sentence() -> None:
    assert did_you_mean("kil", COMMANDS, "'qq -h' lists them") == "; did you mean 'kill'?"
    assert did_you_mean("xyzzy", COMMANDS, "'qq -h' lists them") == "; 'qq -h' lists them"
    assert did_you_mean("xyzzy", COMMANDS) == ""


words = st.text("abc", max_size=5)


@given(words, words)
def test_a_distance_is_a_distance(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))
