"""Texts of PBS's programs: attributes, sizes, times, variables; and laws for any text whatever."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qq.core.records.parse import MAX_KB
from qq.core.records.values import Size
from qq.core.schedulers import pbs_words
from qq.core.schedulers.pbs_jobs import parse_jobs
from qq.core.schedulers.pbs_nodes import parse_nodes
from qq.core.schedulers.pbs_queues import parse_queues, parse_server
from qq.core.schedulers.pbs_text import blocks, integer, node_blocks, seconds, size, time, variables

JOB = "Job Id: 1.s\n    Job_Name = a\n    Variable_List = A=x\n\ty,B=1\n    comment = one\n\ntwo\n\n"


def test_wrapped_lines_are_one_and_line_breaks_of_a_value_stay() -> None:
    assert dict(blocks(JOB, "Job Id")) == {
        "1.s": {"Job_Name": "a", "Variable_List": "A=xy,B=1", "comment": "one\n\ntwo"},
    }


def test_a_name_counts_only_at_the_beginning_or_after_an_empty_line() -> None:
    text = "Job Id: 1.s\n    comment = x\nJob Id: 2.s\n    job_state = F\n\nJob Id: 3.s\n    job_state = R\n"
    assert [name for name, _ in blocks(text, "Job Id")] == ["1.s", "3.s"]


def test_what_an_attribute_says_first_counts() -> None:
    text = "Job Id: 1.s\n    job_state = R\n    Variable_List = A=1\n    job_state = F\n"
    assert dict(blocks(text, "Job Id"))["1.s"]["job_state"] == "R"


def test_words_before_the_first_name_are_nobodys() -> None:
    assert not list(blocks("a\nb = c\n", "Job Id"))
    assert dict(blocks("hello\n\nJob Id: 1\nno attribute\n", "Job Id")) == {"1": {}}
    assert list(node_blocks("n1\n     state = free\n\nn2\n")) == [("n1", {"state": "free"}), ("n2", {})]


@pytest.mark.parametrize(
    ("text", "kb"),
    [
        ("500mb", 512000),
        ("0b", 0),
        ("1024", 1),
        ("1025", 2),
        ("2gb", 2 << 20),
        ("10kw", 80),
        ("1w", 1),
        ("3GB", 3 << 20),
    ],
)
def test_sizes(text: str, kb: int) -> None:
    assert size(text) == Size(kb)


@pytest.mark.parametrize("text", [None, "", "1.5gb", "-1gb", "True", "x", "999999999999999pw"])
def test_no_sizes(text: str | None) -> None:
    assert size(text) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("01:00:00", 3600), ("100:00:00", 360000), ("1:30", 90), ("7", 7), ("-1", None), ("x", None)]
)
def test_spans_of_time(text: str, expected: int | None) -> None:
    assert seconds(text) == expected
    assert seconds(None) is None


def test_times() -> None:
    assert time("Sun Nov 22 15:24:52 2026") == datetime(2026, 11, 22, 15, 24, 52)
    assert time("Sun Nov  2 05:24:52 2026") == datetime(2026, 11, 2, 5, 24, 52)
    for text in (None, "", "never", "Sun Foo 22 15:24:52 2026", "Sun Feb 30 15:24:52 2026"):
        assert time(text) is None


def test_numbers() -> None:
    assert [integer(text) for text in ("7", "-3", "x", None, "1" * 99)] == [7, -3, None, None, None]


def test_variables_are_what_they_were() -> None:
    assert variables(r"A=x y,B=p\,q,C=it\'s \"so\",D=a\nb,E=c:\\n,F=,G") == {
        "A": "x y",
        "B": "p,q",
        "C": 'it\'s "so"',
        "D": "a\nb",
        "E": "c:\\n",
        "F": "",
    }


# --- laws -------------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "Job Id: 1.s",
        "Queue: q",
        "Server: s",
        "n1",
        "",
        "\t",
        "    job_state = ",
        "    Exit_status = 999999999999999999999",
        "    Variable_List = A=\\",
        "    depend = afterok:,before:1,after",
        "    state = down,",
        "    jobs = ,1/0",
        "    resources_available.mem = 9pb",
        "    exec_host = +/(",
        "    resources_used.cpupercent = -1",
        "    Resource_List.ncpus = 0",
        "    state_count = Queued:x Held:3",
        "qstat: Unknown Job Id",
        "x = y",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=12).map("\n".join)


@given(TEXTS)
def test_any_text_gives_a_value(text: str) -> None:
    for job_id, job in parse_jobs(text).items():
        assert job.job_id == job_id
    for node in parse_nodes(text):
        assert node.has.mem is None or node.has.mem.kb <= MAX_KB
    for queue in parse_queues(text, "q"):
        assert queue.total >= 0
    assert parse_server(text) is None or parse_server(text)
    assert "\n" not in pbs_words.question_failed("qstat", 1, text).words
    assert "\n" not in pbs_words.submission_failed(170, text).words
    assert set(pbs_words.refused_ends(1, text, ["1.s", "2"])) == {"1.s", "2"}


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,5}", fullmatch=True), st.text(max_size=15), max_size=4))
def test_variables_survive_pbs_own_way_of_writing_them(values: dict[str, str]) -> None:
    def written(value: str) -> str:
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
        return "".join(f"\\{letter}" if letter in ",'\"" else letter for letter in escaped)

    assert variables(",".join(f"{name}={written(value)}" for name, value in values.items())) == values
