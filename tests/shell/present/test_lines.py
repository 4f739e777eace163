"""How jobs are called in messages."""

import pytest

from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.shell.present.lines import name_of, places
from tests.core.jobs import a_job


def job(directory: str) -> JobInfo:
    return replace(a_job(input_dir=directory), job_id="17.local", job_name="run.sh")


def test_jobs_of_one_directory_are_called_without_it() -> None:
    assert places([job("/home/me/a"), job("/home/me/a")], "/home/me") == ["", ""]
    assert places([], "/home/me") == []
    assert name_of(job("/home/me/a")) == "17.local (run.sh)"


@pytest.mark.parametrize(
    ("directory", "called"),
    [
        ("/home/me/rep01", "17.local (rep01/run.sh)"),
        ("/home/me/a/rep01", "17.local (a/rep01/run.sh)"),
        ("/home/me", "17.local (./run.sh)"),
        ("/data/rep01", "17.local (/data/rep01/run.sh)"),
        ("/home/me/new\nline", "17.local (new\\nline/run.sh)"),
    ],
)
def test_jobs_of_several_directories_are_called_with_theirs_as_seen_from_here(directory: str, called: str) -> None:
    one = job(directory)
    where, _ = places([one, job("/home/me/other")], "/home/me")
    assert name_of(one, where) == called
