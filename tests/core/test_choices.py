"""Options of a submission: one table, values of the right type, and who wins (SPEC 2 and 4)."""

import pytest
from msgspec.structs import fields
from pyrsistent import pmap, pvector

from qq.core.choices import Choices, Written, ignored_options, merge_choices, parse_value, read_choices, written_option
from qq.core.options import OPTIONS, Takes, find_option
from qq.core.records.values import Dependency, Modes, Resources, Size
from qq.core.result import Success, failed
from qq.core.states import JobType


def test_the_table_and_the_records_have_the_same_fields() -> None:
    of_choices = {field.name for field in fields(Choices)} - {"resources"}
    of_resources = {field.name for field in fields(Resources)}
    assert {one.field for one in OPTIONS if not one.is_resource} == of_choices
    assert {one.field for one in OPTIONS if one.is_resource} == of_resources


def test_every_option_is_found_by_its_name_in_every_style() -> None:
    for one in OPTIONS:
        assert find_option(one.name) is one
        assert find_option(one.name.replace("-", "_").upper()) is one
    assert find_option("workdir") is find_option("work-dir")
    assert find_option("worksize") is find_option("work-size")
    assert find_option("no-such") is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("queue", " gpu ", "gpu"),
        ("batch-system", "slurmit4i", "SlurmIT4I"),
        ("batch-system", "SlurmMine", "SlurmMine"),
        ("job-type", "Loop", JobType.LOOP),
        ("interpreter", "python3 -u", "python3 -u"),
        ("depend", "afterok=1:2", pvector([Dependency("afterok", pvector(["1", "2"]))])),
        ("requeue", "yes", True),
        ("requeue", "false", False),
        ("exclude", "a:'b c'", pvector(["a", "b c"])),
        (
            "transfer-mode",
            "success:42",
            Modes(("success", 42)),
        ),
        ("nnodes", "2", 2),
        ("ngpus", "0", 0),
        ("mem", "4gb", Size(4 * 1024**2)),
        ("walltime", "1h", 3600),
        ("work-dir", "job_dir", "input_dir"),
        ("work-dir", "Scratch_SSD", "scratch_ssd"),
        ("props", "cl_zero", pmap({"cl_zero": "true"})),
        ("loop-start", "0", 0),
        ("archive", "results/storage", "results/storage"),
        ("archive-format", "md%d", "md%d"),
        ("resubmit-from", "input:node1.cluster.cz", pvector(["input", "node1.cluster.cz"])),
    ],
)
def test_a_value_has_the_type_of_its_field(name: str, text: str, value: object) -> None:
    one = written_option(name, text, "here")
    assert parse_value(one.option, one.value, one.place) == Success(value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("queue", "", "empty"),
        ("queue", "a\nb", "control characters"),
        ("batch-system", "LSF", "none of PBS, Slurm"),
        ("job-type", "weird", "none of standard, loop, continuous"),
        ("interpreter", "", "empty"),
        ("interpreter", "bash 'x", "not closed"),
        ("depend", "123", "no dependency"),
        ("requeue", "perhaps", "neither true nor false"),
        ("exclude", "it's", "not closed"),
        ("transfer-mode", "sometimes", "allowed are success, failure, always, never"),
        ("nnodes", "0", "no whole number of 1 or more"),
        ("nnodes", "two", "no whole number"),
        ("nnodes", "-1", "no whole number"),
        ("ncpus", "1.5", "no whole number"),
        ("ncpus", "9999999999", "'9999999999' is too much; 999999999 is the most"),
        ("loop-end", "1000000000", "999999999 is the most"),
        ("ncpus", "٣", "no whole number"),
        ("ngpus", "x", "no whole number of 0 or more"),
        ("mem", "4", "no unit"),
        ("mem", "1.5gb", "write 1536mb"),
        ("walltime", "0s", "zero"),
        ("walltime", "soon", "no walltime"),
        ("props", "a:a", "twice"),
        ("archive-format", "job", "placeholder"),
        ("resubmit-from", "a;b", "no name of a host"),
        ("resubmit-from", ":", "no name of a host"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_fault_at_its_place(name: str, text: str, words: str) -> None:
    one = written_option(name, text, "run.sh, line 2")
    faults = failed(parse_value(one.option, one.value, one.place))
    assert faults is not None
    assert str(faults[0]).startswith("run.sh, line 2")
    assert words in faults[0].words


def test_only_options_of_the_table_can_be_written() -> None:
    with pytest.raises(KeyError):
        written_option("no-such", "1", "here")


def written(*pairs: tuple[str, str]) -> list[Written]:
    return [written_option(name, text, f"--{name}") for name, text in pairs]


def test_options_make_choices_and_all_faults_are_kept() -> None:
    choices = read_choices(written(("ncpus", "8"), ("queue", "gpu"), ("exclude", "a"), ("exclude", "b"))).unwrap()
    assert choices == Choices(queue="gpu", exclude=pvector(["a", "b"]), resources=Resources(ncpus=8))
    faults = failed(read_choices(written(("ncpus", "x"), ("queue", "gpu"), ("mem", "y"))))
    assert faults is not None
    assert [one.place for one in faults] == ["--ncpus", "--mem"]


def test_the_first_source_that_says_something_wins_and_lists_are_never_merged() -> None:
    first = Choices(exclude=pvector(["a"]), requeue=False, resources=Resources(mem=Size(1)))
    second = Choices(exclude=pvector(["b"]), requeue=True, queue="q", resources=Resources(mem_per_cpu=Size(2), ncpus=4))
    merged = merge_choices([first, second])
    assert merged.exclude == pvector(["a"])
    assert merged.requeue is False
    assert merged.queue == "q"
    assert merged.resources == Resources(mem=Size(1), ncpus=4)


def test_options_that_mean_nothing_for_a_job_type_are_named() -> None:
    given = written(("loop-end", "3"), ("resubmit-from", "input"), ("ncpus", "1"))
    assert [one.name for one in ignored_options(given, JobType.STANDARD)] == ["loop-end", "resubmit-from"]
    assert [one.name for one in ignored_options(given, JobType.CONTINUOUS)] == ["loop-end"]
    assert not ignored_options(given, JobType.LOOP)


def test_what_is_a_list_can_be_told() -> None:
    assert {one.name for one in OPTIONS if one.is_list} == {
        "exclude",
        "include",
        "depend",
        "props",
        "transfer-mode",
        "archive-mode",
        "resubmit-from",
    }
    assert [one.name for one in OPTIONS if one.takes is Takes.FLAG] == ["requeue"]


def test_the_word_that_was_probably_meant_is_named() -> None:
    job_type = find_option("job-type")
    assert job_type is not None
    for typed, hint in (("lop", "; did you mean 'loop'?"), ("xyzzy", "continuous")):
        faults = failed(parse_value(job_type, typed, "here"))
        assert faults is not None
        assert str(faults[0]).endswith(hint)
