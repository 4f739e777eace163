"""Templates of working directories are filled in for one job."""

import pytest
from pyrsistent import pmap, pvector

from qq.core.records.site import Site
from qq.core.records.values import Resources
from qq.core.scratch import fill, gave_it, scratch_candidates, taken_numbers
from tests.core.jobs import a_job

ENVIRON = {"SCRATCHDIR": "/scratch/ada/job_1", "EMPTY": "", "RELATIVE": "here"}


def site(*templates: str) -> Site:
    return Site(
        name="x",
        engine="PBS",
        batch_system="PBS",
        default_work_dir="scratch_local",
        scratch=pmap({"scratch_local": pvector(templates)}),
    )


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/scratch/{account}/{user}2/job_{job_id}", "/scratch/open-1-1/ada2/job_7.srv"),
        ("$SCRATCHDIR/main", "/scratch/ada/job_1/main"),
        ("{cache}/qq/jobs/job_{job_id}", "/home/ada/.cache/qq/jobs/job_7.srv"),
        ("$SCRATCHDIR//./main/", "/scratch/ada/job_1/main"),
    ],
)
def test_names_and_variables_are_filled_in(template: str, path: str) -> None:
    job = a_job(site=site(template), account="OPEN-1-1")
    assert scratch_candidates(job, "7.srv", ENVIRON, "/home/ada") == pvector([path])


@pytest.mark.parametrize("template", ["$NOT_SET/main", "$EMPTY/main", "$RELATIVE/main", "/x/{account}/y", "/x/{what}"])
def test_a_template_without_a_value_is_left_out(template: str) -> None:
    candidates = scratch_candidates(a_job(site=site(template, "/other/{job_id}")), "7", ENVIRON, "/home/ada")
    assert candidates == pvector(["/other/7"])


@pytest.mark.parametrize("name", ["../../etc", "..", ".", "a/b", ""])
def test_no_name_leads_elsewhere(name: str) -> None:
    job = a_job(site=site("/scratch/{user}/x", "/scratch/{account}/x"), username=name, account=name)
    assert scratch_candidates(job, "7", {}, "/home/ada") == pvector()


def test_the_cache_is_where_xdg_says() -> None:
    job = a_job(site=site("{cache}/x"))
    assert scratch_candidates(job, "7", {"XDG_CACHE_HOME": "/fast"}, "/home/ada") == pvector(["/fast/x"])
    assert scratch_candidates(job, "7", {"XDG_CACHE_HOME": "fast"}, "/home/ada") == pvector(["/home/ada/.cache/x"])


def test_jobs_without_scratch_have_no_candidates() -> None:
    assert scratch_candidates(a_job(), "7", {}, "/") == pvector()
    in_place = a_job(site=site("/x"), resources=Resources(work_dir="input_dir"))
    assert scratch_candidates(in_place, "7", {}, "/") == pvector()
    unknown = a_job(site=site("/x"), resources=Resources(work_dir="scratch_other"))
    assert scratch_candidates(unknown, "7", {}, "/") == pvector()


def test_the_sites_default_kind_is_taken_where_nobody_says() -> None:
    assert scratch_candidates(a_job(site=site("/x"), resources=Resources()), "7", {}, "/") == pvector(["/x"])


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert fill("/{user}", {"user": "$HOME{user}"}, {"HOME": "/h"}) == "/$HOME{user}"


def test_directories_and_marks_of_earlier_attempts_are_seen() -> None:
    beside = ["job_1", "job_1.3", "job_1.4.qqmark", "job_1.5.qqmark.list", "job_12", "job_1.x", "xjob_1.6", "job_1.07"]
    assert taken_numbers("job_1", beside) == {1, 3, 4, 5}
    assert taken_numbers("job_2", beside) == frozenset()


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/scratch/ada/job_17.pbs.example/main", True),
        ("/var/tmp/17.pbs.example/main", True),
        ("/scratch/ada/job_117.pbs.example/main", False),
        ("/scratch/ada/job_17.pbs.example.org/main", False),
        ("/scratch/17.pbs.example/ada/main", False),
        ("/scratch/ada/job_17.pbs.example", False),
        ("/scratch/ada/job_17.pbs.example/main/x", False),
    ],
)
def test_a_directory_whose_variable_only_the_node_knows_is_told_by_the_whole_id(path: str, given: bool) -> None:
    templates = pvector(["/elsewhere/{job_id}", "$SCRATCHDIR/main"])
    here = Site(name="x", engine="PBS", batch_system="PBS", scratch=pmap({"scratch_local": templates}))
    assert gave_it(a_job(site=here), "17.pbs.example", path) is given
    assert not gave_it(a_job(site=None), "17.pbs.example", path)
