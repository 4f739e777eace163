"""What a job and its runtime files are called (SPEC 3, "Job names")."""

import pytest

from qq.core.job_names import is_runtime_name_of, job_name, looks_like_runtime_file, mark_names, runtime_files
from qq.core.states import JobType


@pytest.mark.parametrize("job_type", [JobType.STANDARD, JobType.CONTINUOUS])
def test_jobs_without_cycles_are_called_as_their_script(job_type: JobType) -> None:
    assert job_name("run.sh", job_type, None) == "run.sh"


@pytest.mark.parametrize(
    ("script", "cycle", "name"),
    [
        ("run.sh", 7, "run+0007.sh"),
        ("run", 7, "run+0007"),
        ("a.b.sh", 7, "a+0007.b.sh"),
        (".hidden.sh", 7, ".hidden+0007.sh"),
        (".hidden", 7, ".hidden+0007"),
        ("run.sh", 12345, "run+12345.sh"),
        ("run.sh", 0, "run+0000.sh"),
    ],
)
def test_the_cycle_of_a_loop_job_stands_before_the_first_suffix(script: str, cycle: int, name: str) -> None:
    assert job_name(script, JobType.LOOP, cycle) == name


def test_runtime_files_replace_the_last_suffix() -> None:
    assert runtime_files("a+0007.b.sh").all == ("a+0007.b.qqinfo", "a+0007.b.qqout", "a+0007.b.out", "a+0007.b.err")
    assert runtime_files("run").info == "run.qqinfo"
    assert runtime_files(".hidden").out == ".hidden.out"


@pytest.mark.parametrize("script", ["run.sh", "run", "a.b.sh", ".hidden", "it's [a] (script)+.sh"])
@pytest.mark.parametrize("cycle", [None, 1, 12345])
def test_the_runtime_files_of_any_cycle_of_a_script_are_known(script: str, cycle: int | None) -> None:
    name = job_name(script, JobType.STANDARD if cycle is None else JobType.LOOP, cycle)
    assert all(is_runtime_name_of(script, one) for one in (*runtime_files(name).all, *mark_names(name)))


@pytest.mark.parametrize(
    "name", ["run.sh", "other.out", "run.log", "run+1.out", "run+0001.sh", "xrun.out", "run.out.gz"]
)
def test_files_of_others_are_no_runtime_files(name: str) -> None:
    assert not is_runtime_name_of("run.sh", name)


def test_a_script_must_not_end_as_runtime_files_do() -> None:
    assert [looks_like_runtime_file(name) for name in ("x.out", "x.qqinfo", ".err", "x.qqmark", "x.outer", "out")] == [
        *[True] * 4,
        *[False] * 2,
    ]
