"""Which jobs a command line means."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrsistent import pvector

from qq.core.evidence import Seen
from qq.core.replacing import replace
from qq.core.result import failed, value_or_none
from qq.core.selection import (
    Lost,
    Selection,
    at_server,
    is_info_name,
    means,
    none_left,
    of_server,
    parse_id,
    parse_selection,
    parse_states,
    same_id,
    several_mean,
    short_id,
    too_many,
    without_record,
)
from qq.core.states import BatchState, RealState
from tests.core.jobs import a_job


@pytest.mark.parametrize(
    "word", ["17", "17.local", "123456.pbs-m1.metacentrum.cz", "17[3].server", "17[].server", "17[4]"]
)
def test_job_ids(word: str) -> None:
    assert value_or_none(parse_id(word)) == word


@pytest.mark.parametrize("word", ["", "run.sh", "17 18", "17;rm", "-1", "17.", "17\n", ".local", "١٧"])
def test_what_is_no_job_id(word: str) -> None:
    faults = failed(parse_id(word))
    assert faults is not None
    assert "no job id" in str(faults[0])


def test_a_selection_keeps_the_order_and_drops_repetitions() -> None:
    chosen = parse_selection(["2", "1.local", "2"], ["b", "a", "b"], all_mine=False).unwrap()
    assert (list(chosen.ids), list(chosen.dirs), chosen.all_mine) == (["2", "1.local"], ["b", "a"], False)


def test_all_words_that_are_no_ids_are_named() -> None:
    faults = failed(parse_selection(["1", "x", "y"], [], all_mine=True))
    assert faults is not None
    assert [fault.place for fault in faults] == ["x", "y"]


def test_all_words_that_are_no_states_are_named_too() -> None:
    faults = failed(parse_selection(["x"], [], states=["failed,killd", ""]))
    assert faults is not None
    assert [fault.place for fault in faults] == ["x", "killd", "''"]
    assert faults[1].words == "no state of a job; did you mean 'killed'?"
    assert "did you mean" not in faults[2].words and "inconsistent" in faults[2].words


@pytest.mark.parametrize("state", RealState)
def test_states_are_called_as_info_prints_them_or_in_one_word(state: RealState) -> None:
    words = [str(state).replace(" ", "_"), state.name.lower(), state.name, f"{state.name.lower()},{state.name.lower()}"]
    assert all(set(parse_states([word]).unwrap()) == {state} for word in words)


def test_a_selection_by_state_and_server() -> None:
    chosen = parse_selection([], ["a"], states=["failed,killed", "finished"], server="meta").unwrap()
    assert chosen.states == {RealState.FAILED, RealState.KILLED, RealState.FINISHED}
    assert none_left(chosen, 12) == "none of these 12 jobs is failed or finished or killed and of meta"
    assert none_left(Selection(server="meta"), 1) == "this job is not of meta"
    assert Selection(states=chosen.states).here


def test_jobs_of_a_server() -> None:
    assert at_server("17", "pbs.site.cz") == "17.pbs.site.cz"
    assert at_server("17.other", "pbs.site.cz") == "17.other"
    assert of_server("17.pbs.site.cz", "pbs") and of_server("17.pbs", "pbs.site.cz") and of_server("17.pbs", "pbs")
    assert not any(of_server(job_id, "pbs") for job_id in (None, "17", "17.other", "17.pbs2"))


def test_ids_that_mean_one_job() -> None:
    assert same_id("17.pbs", "17.pbs.site.cz") and same_id("17.pbs.site.cz", "17.pbs") and same_id("17", "17")
    assert not same_id("17.a", "17.b")
    assert several_mean("17", ["17.a", "17.b"]) == "17: several jobs have this number: 17.a, 17.b; give the full id"


def test_nothing_selected_means_here() -> None:
    assert Selection().here
    assert not Selection(all_mine=True).here
    assert not parse_selection(["1"], [], all_mine=False).unwrap().here


@pytest.mark.parametrize(
    ("word", "job_id", "expected"),
    [
        ("17", "17.local", True),
        ("17.local", "17.local", True),
        ("17", "17", True),
        ("1", "17.local", False),
        ("17.lo", "17.local", False),
        ("17.other", "17.local", False),
        ("17", None, False),
    ],
)
def test_a_number_or_a_full_id_means_a_job(word: str, job_id: str | None, expected: bool) -> None:
    assert means(word, job_id) is expected


@given(st.integers(0, 10**6), st.sampled_from(["", ".local", ".a.b-c"]))
def test_a_job_is_meant_by_its_id_and_by_its_number(number: int, server: str) -> None:
    job_id = f"{number}{server}"
    assert means(job_id, job_id)
    assert means(short_id(job_id), job_id)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("run.qqinfo", True), (".run.qqinfo", True), (".qqinfo", False), (".qq-ab.qqinfo", False), ("run.qqout", False)],
)
def test_info_files_are_known_by_name(name: str, expected: bool) -> None:
    assert is_info_name(name) is expected


def test_one_job_is_wanted_and_several_are_selected() -> None:
    assert too_many(["1 (a)", "2 (b)"]) == "that means 2 jobs (1 (a), 2 (b)); name one by its id"
    assert too_many(["a", "b", "c", "d"]) == "that means 4 jobs (a, b, c, …); name one by its id"


LOST = Seen(job_id="17.local", state=BatchState.RUNNING, user="ada", info_file="/gone/run.qqinfo")


@pytest.mark.parametrize("state", [BatchState.RUNNING, BatchState.QUEUED, BatchState.EXITING])
def test_a_live_job_of_ones_own_without_a_record_is_lost(state: BatchState) -> None:
    seen = replace(LOST, state=state)
    told = without_record(seen, "ada", None)
    assert isinstance(told, Lost) and told.seen == seen
    assert told.words.startswith("17.local: its info file /gone/run.qqinfo is gone; 'qq kill")


def test_where_the_record_can_not_be_read_that_is_said() -> None:
    told = without_record(LOST, "ada", "run.qqinfo: is no YAML")
    assert isinstance(told, Lost) and told.words.startswith("run.qqinfo: is no YAML; 'qq kill --force 17.local' ends")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"info_file": None}, "is it a job of qq?"),
        ({"user": "bob"}, "is gone"),
        ({"state": BatchState.FINISHED, "nodes": pvector(["n1"])}, "is gone"),
        ({"state": BatchState.FAILED, "exit_code": 3}, "is gone (exit code 3)"),
        ({"state": BatchState.FAILED, "nodes": pvector(["n1"])}, "may still stand on scratch of n1"),
    ],
)
def test_any_other_without_a_record_is_only_told(changes: dict[str, Any], words: str) -> None:
    told = without_record(replace(LOST, **changes), "ada", None)
    assert isinstance(told, str) and told.endswith(words)


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ({"token": "mine", "job_id": "18.local"}, "it was started anew as 18.local (qq info 18.local)"),
        ({"job_id": "18.local"}, "its info file /gone/run.qqinfo is that of 18.local by now"),
        ({"job_id": None}, "its info file /gone/run.qqinfo is that of a job without an id by now"),
    ],
)
def test_where_another_record_stands_instead_that_is_said(instead: dict[str, Any], words: str) -> None:
    seen = replace(LOST, state=BatchState.FINISHED, token="mine")
    assert without_record(seen, "ada", None, a_job(**instead)) == f"17.local: {words}"
