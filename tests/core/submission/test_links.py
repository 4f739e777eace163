"""Relative links that lead out of an input directory: copied as they are, they lead nowhere."""

import pytest
from pyrsistent import pmap, pvector

from qq.core.choices import Choices
from qq.core.records.values import Resources
from qq.core.replacing import replace
from qq.core.submission.links import leads_out, lost_links
from qq.core.submission.warnings import warnings
from tests.core.jobs import a_job, a_loop_job
from tests.core.submission.cases import HOME, faults

LINKS = {
    "out": "../shared/out",
    "far": "../../x",
    "up": "..",
    "back": "../job/input.txt",
    "hidden": "d/../../x",
    "through": "./out/deeper",
    "absolute": "/data/x",
    "by_absolute": "absolute/x",
    "inside": "d/e",
    "self": ".",
    "round": "about",
    "about": "round",
    "dots": "..x",
}


@pytest.mark.parametrize("name", sorted(LINKS))
def test_what_leads_out_is_told_by_the_links_at_the_top(name: str) -> None:
    assert leads_out(name, LINKS) is (name in {"out", "far", "up", "back", "hidden", "through"})


def test_what_is_no_link_leads_nowhere_else() -> None:
    assert not leads_out("input.txt", LINKS)


LINKED = replace(HOME, links=pmap({"run.sh": "../shared/run.sh"}))


def test_a_script_that_could_not_be_read_on_scratch_is_refused() -> None:
    assert faults(directory=LINKED) == [
        "/home/ada/job/run.sh: this link to ../shared/run.sh leads out of the input directory, and nowhere in the "
        "working directory; put the script itself here, or make the link absolute"
    ]


def test_where_nothing_is_copied_it_is_fine() -> None:
    assert not faults(Choices(resources=Resources(work_dir="input_dir")), directory=LINKED)


@pytest.mark.parametrize("include", ["run.sh", "../shared"])
def test_an_include_of_something_else_does_not_help(include: str) -> None:
    assert len(faults(Choices(include=pvector([include])), directory=LINKED)) == 1


def test_links_that_are_not_copied_or_replaced_are_not_lost() -> None:
    job = replace(a_loop_job(), included=pvector(["/else/far"]), excluded=pvector([f"{a_loop_job().input_dir}/hidden"]))
    assert job.loop is not None
    links = {**LINKS, job.script_name: "../x", job.loop.archive: "../archive"}
    assert lost_links(job, links) == ["back", "out", "through", "up"]
    assert lost_links(a_job(), {"x": "../x"}) == ["x"]


def test_they_are_warned_about_where_anything_is_copied() -> None:
    job = a_job()
    assert not warnings(job, Choices(), [], links={"absolute": "/x"})
    assert list(warnings(job, Choices(), [], links={"x": "../x"})) == [
        "a link that leads out of the input directory, and nowhere in the working directory: x; include what is "
        "needed, or make the link absolute"
    ]
    (said,) = warnings(job, Choices(), [], links={f"x{n}": "../x" for n in range(7)})
    assert said.startswith("links that lead out") and "x3, x4, 2 more;" in said
    assert not warnings(replace(job, resources=Resources(work_dir="input_dir")), Choices(), [], links={"x": "../x"})


def test_an_included_path_that_is_not_there_is_warned_about() -> None:
    (said,) = warnings(a_job(), Choices(), [], absent=["/x/top"])
    assert said == "an included path that is not there: /x/top; without it the job fails as soon as it starts"
    (said,) = warnings(a_job(), Choices(), [], absent=["/x", "/y"])
    assert said.startswith("included paths that are not there: /x, /y;")
