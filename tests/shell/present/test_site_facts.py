"""What is told of a site, from all that is known of it."""

from pyrsistent import pmap, pvector

from qq.core.batch_defaults import BatchDefaults
from qq.core.recognised import Recognised
from qq.core.records.site import Site
from qq.core.records.values import Resources, Size
from qq.core.sites import Signs
from qq.core.troubles import Reason, Trouble
from qq.shell.present.site_facts import data, facts, lines

SITE = Site(
    name="mine",
    engine="Slurm",
    batch_system="SlurmMine",
    found_by="sbatch",
    scratch=pmap({"fast": pvector(["/fast/{job_id}", "/slow/{job_id}"])}),
    scratch_outlives_job=False,
    shared_types=pvector(["lustre"]),
    servers=pmap({"a": "a.cluster.cz"}),
)
FOUND = Recognised(
    site=SITE,
    signs=Signs("/bin/sbatch"),
    here=True,
    named_by=None,
    described=pvector(["/etc/mine.toml"]),
    gives=BatchDefaults(queue=Resources(mem_per_cpu=Size(1024), props=pmap({"x": "true"}))),
    silent=Trouble(Reason.BATCH_NOT_ANSWERING, "nobody answers"),
    directory="/home/a\nb",
    directory_shared=False,
    others=pvector([(Site(name="other", engine="PBS", batch_system="PBS", found_by="qsub"), Signs()), (SITE, Signs())]),
)


def told(label: str) -> list[str]:
    found: list[str] = []
    current = ""
    for name, text in facts(FOUND):
        current = name or current
        if current == label:
            found.append(text)
    return found


def test_why_it_is_this_site_and_none_before_it() -> None:
    assert told("because") == ["sbatch is /bin/sbatch", "not other: qsub is not on PATH"]


def test_where_jobs_work() -> None:
    assert told("work-dir") == [
        "fast: /fast/{job_id}, else /slow/{job_id}",
        "input_dir (the default): the input directory itself",
    ]
    assert told("scratch") == ["each node has its own; it is wiped when a job ends"]
    assert told("input") == ["shared by all nodes on lustre, and where df -l says that it is not local"]


def test_names_of_others_do_nothing_to_the_terminal() -> None:
    assert told("this directory") == ["/home/a\\nb is not shared by all nodes"]


def test_what_a_job_gets() -> None:
    assert told("queue") == ["has to be named"]
    assert told("its defaults") == ["mem-per-cpu 1mb"]
    assert told("server") == ["a is a.cluster.cz"]
    assert told("not answered") == ["nobody answers"]


def test_as_data() -> None:
    found = data(FOUND)
    assert found["queue_defaults"] == {"mem_per_cpu": {"value": 1024}, "props": {"x": "true"}}
    assert (found["max_walltime"], found["batch_answered"], found["here"]) == (None, False, True)


def test_facts_fit_the_terminal_and_are_a_line_each_where_there_is_none() -> None:
    found = [("site", "slurm"), ("because", "sbatch is /usr/bin/sbatch, and /etc/slurm/slurm.conf is there")]
    assert lines(found, None) == [f"{label:<22}  {text}" for label, text in found]
    shown = lines(found, 60)
    assert max(map(len, shown)) <= 60
    assert shown[1:] == [
        "because                 sbatch is /usr/bin/sbatch, and",
        "                        /etc/slurm/slurm.conf is there",
    ]
