"""Whatever Slurm's programs say gives a value; what qq hands to Slurm comes back as it was."""

from collections.abc import Callable

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pyrsistent import pvector

from property_tests.strategies.jobs import texts
from qq.core.evidence import NotAnswered, Seen, believed
from qq.core.schedulers import slurm_accounting, slurm_queue, slurm_steps
from qq.core.schedulers.client_words import line_for_people
from qq.core.schedulers.slurm_cluster import node_state, parse_config, parse_nodes, parse_partitions
from qq.core.schedulers.slurm_comment import comment_of, read_comment
from qq.core.schedulers.slurm_nodes import node_names
from qq.core.schedulers.slurm_refusals import failure_of, refused_ends
from qq.core.schedulers.slurm_show_job import parse_show_job
from qq.core.schedulers.slurm_states import REASONS, STATES, batch_state, words_of
from qq.core.schedulers.slurm_values import (
    code_and_signal,
    code_and_signal_of_status,
    count_of,
    duration_text,
    resources_of,
    seconds_of,
    size_of,
    time_of,
)
from tests.core.schedulers.slurm_recordings import DIRECTORY, MARK

RECORDINGS = sorted(path.name for path in DIRECTORY.iterdir())

PARSERS: tuple[Callable[[str], object], ...] = (
    time_of,
    seconds_of,
    size_of,
    count_of,
    resources_of,
    code_and_signal,
    code_and_signal_of_status,
    node_names,
    node_state,
    batch_state,
    read_comment,
    parse_partitions,
    parse_nodes,
    parse_config,
    parse_show_job,
    refused_ends,
    line_for_people,
    lambda text: failure_of("sbatch", 1, text),
    lambda text: slurm_queue.parse_squeue(text, MARK),
    lambda text: slurm_accounting.parse_sacct(slurm_queue.rows(text, MARK, slurm_accounting.FIELDS)),
    lambda text: slurm_steps.parse_steps(slurm_queue.rows(text, MARK, slurm_steps.FIELDS)),
)

PIECES = st.sampled_from(
    [MARK, "\n", "JobId=1", " JobState=", "NodeName=", "State=", "PartitionName=", "[1-3]", "n[", "0:9"]
    + ["CANCELLED by 1", "1-00:00:00", "N/A", "(null)", "cpu=1,mem=2M", "100M", "2026-11-22T15:32:58"]
    + ["qq:t:%2Fa.qqinfo", "=", ",", "\x00"]
)
CELLS = texts().filter(lambda text: "|" not in text and not text.startswith("\n"))
WILD = st.one_of(texts(), st.lists(PIECES, max_size=40).map("".join))


@given(WILD, st.sampled_from(PARSERS))
def test_any_text_gives_a_value(text: str, parse: Callable[[str], object]) -> None:
    parse(text)


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_goes_through_every_parser(name: str) -> None:
    text = (DIRECTORY / name).read_text(encoding="utf-8")
    for parse in PARSERS:
        parse(text)
        for line in text.splitlines():
            parse(line)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_a_table_is_read_as_it_was_written(table: list[list[str]]) -> None:
    fields = ("a", "b", "c")
    said = "".join("".join(f"{cell}{MARK}" for cell in row) + "\n" for row in table)
    event(f"{len(table)} rows")
    assert slurm_queue.rows(said, MARK, fields) == [dict(zip(fields, row, strict=True)) for row in table]


@given(st.text(alphabet="0123456789abcdef", min_size=1, max_size=32), st.lists(texts(), max_size=3))
def test_a_comment_is_read_as_it_was_written(token: str, names: list[str]) -> None:
    path = "/" + "/".join(names) + "/x.qqinfo"
    found = read_comment(comment_of(token, path))
    event("whole" if found[1] else "too long")
    assert found in ((token, path), (token, None))


@given(st.integers(0, 10**8))
def test_a_duration_is_read_as_it_was_written(seconds: int) -> None:
    assert seconds_of(duration_text(seconds)) == seconds


@given(st.integers(0, 999), st.integers(0, 30), st.integers(1, 4))
def test_counted_nodes_are_as_many_as_counted(first: int, more: int, width: int) -> None:
    text = f"n[{first:0{width}}-{first + more:0{width}}]"
    assert node_names(text) == pvector(f"n{number:0{width}}" for number in range(first, first + more + 1))


@given(st.sampled_from([*STATES, "NEW_WORD"]), st.sampled_from([*REASONS, "NewReason", "x held"]))
def test_a_word_that_nobody_knows_counts_as_not_answered(state: str, reason: str) -> None:
    (seen,) = slurm_queue.parse_squeue(f"1{MARK}{state}{MARK}{reason}{MARK}", MARK, ("jobarrayid", "state", "reason"))
    found = believed(seen)
    assert isinstance(found, NotAnswered if state == "NEW_WORD" else Seen)
    assert state in words_of(state, reason, None) or state != "NEW_WORD"
