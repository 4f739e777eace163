"""The record of a new job, and everything that can be wrong with a submission (SPEC 4)."""

from datetime import datetime

import pytest
from pyrsistent import pmap, pvector

from qq.core.choices import Choices
from qq.core.records.job import LoopInfo, WorkDir
from qq.core.records.values import Dependency, Modes, Resources, Size
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.submission.circumstances import ArchiveIs, RecordSeen
from tests.core.jobs import a_job, a_loop_job
from tests.core.submission.cases import AROUND, CLUSTER, HOME, LOCAL, LOOP, faults, submission


def test_without_a_word_a_standard_job_gets_the_defaults_of_its_site() -> None:
    job = submission().unwrap().job
    assert job.job_name == job.script_name == "run.sh"
    assert job.job_type is JobType.STANDARD
    assert job.state is RecordState.QUEUED
    assert (job.job_id, job.token, job.queue, job.batch_system) == (None, "t1", "default", "local")
    assert (job.stdout_file, job.stderr_file) == ("run.out", "run.err")
    assert job.submission_time == datetime(2026, 1, 2, 3, 4, 5)
    assert (job.input_machine, job.input_dir, job.username) == ("here.cluster.cz", "/home/ada/job", "ada")
    assert job.resources == replace(LOCAL.default_resources, work_dir="scratch_local")
    assert job.transfer_mode == Modes()
    assert (job.umask, job.qq_path, job.site, job.settings) == (0o027, "/opt/qq/bin/qq", LOCAL, AROUND.settings)
    assert job.resubmit_from == LOCAL.resubmit_from
    assert job.loop is None
    assert job.requeue is False


def test_what_was_chosen_stands_in_the_record() -> None:
    choices = Choices(
        queue="gpu",
        account="P1",
        interpreter="python3 -u",
        depend=pvector([Dependency("afterok", pvector(["1"]))]),
        requeue=True,
        exclude=pvector(["data", "sub/x"]),
        include=pvector(["/shared/ff", "../up"]),
        transfer_mode=Modes(("always",)),
        resubmit_from=pvector(["input"]),
        resources=Resources(ncpus=4, walltime=60),
    )
    job = submission(choices).unwrap().job
    assert (job.queue, job.account, job.interpreter, job.requeue) == ("gpu", "P1", "python3 -u", True)
    assert job.depend == choices.depend
    assert job.excluded == pvector(["/home/ada/job/data", "/home/ada/job/sub/x"])
    assert job.included == pvector(["/shared/ff", "/home/ada/up"])
    assert job.transfer_mode == choices.transfer_mode
    assert job.resubmit_from == pvector(["input"])
    assert (job.resources.ncpus, job.resources.walltime, job.resources.mem_per_cpu) == (4, 60, Size(1024**2))


def test_nothing_is_included_where_nothing_is_copied() -> None:
    choices = Choices(include=pvector(["/shared/ff"]), resources=Resources(work_dir="input_dir"))
    assert not submission(choices).unwrap().job.included


# --- loop jobs --------------------------------------------------------------------------------------------------------


def test_a_loop_job_starts_at_its_first_cycle() -> None:
    job = submission(LOOP).unwrap().job
    assert job.loop == LoopInfo(start=1, end=5, archive="storage", archive_format="job%04d", current=1)
    assert job.job_name == "run+0001.sh"
    assert job.stdout_file == "run+0001.out"


def test_a_loop_job_goes_on_at_the_highest_cycle_of_its_archive() -> None:
    directory = replace(
        HOME, archive_names=pvector([b"md3.gro", b"md4.init", b"other"]), archive_is=ArchiveIs.DIRECTORY
    )
    choices = replace(LOOP, loop_start=2, archive="/home/ada/job/a/b", archive_format="md%d")
    job = submission(choices, directory=directory).unwrap().job
    assert job.loop == LoopInfo(start=2, end=5, archive="a/b", archive_format="md%d", current=4)
    assert job.job_name == "run+0004.sh"


@pytest.mark.parametrize(
    ("choices", "archive_is", "words"),
    [
        (Choices(job_type=JobType.LOOP), ArchiveIs.ABSENT, "loop-end: a loop job needs the number of its last cycle"),
        (replace(LOOP, loop_start=6), ArchiveIs.ABSENT, "loop-start: the first cycle (6) comes after the last one (5)"),
        (replace(LOOP, archive="."), ArchiveIs.ABSENT, "archive: '.' is the input directory itself"),
        (replace(LOOP, archive="/home/ada/job"), ArchiveIs.ABSENT, "is the input directory itself"),
        (replace(LOOP, archive="../old"), ArchiveIs.ABSENT, "archive: '../old' lies outside the input directory"),
        (replace(LOOP, archive="/tmp"), ArchiveIs.ABSENT, "lies outside the input directory"),
        (replace(LOOP, archive="link"), ArchiveIs.INPUT_DIR, "is the input directory itself"),
        (replace(LOOP, archive="run.sh"), ArchiveIs.SOMETHING_ELSE, "is no directory, and none can be made there"),
        (replace(LOOP, archive="a/.qq-x"), ArchiveIs.ABSENT, "belong to qq"),
    ],
)
def test_a_loop_that_can_not_be_is_refused(choices: Choices, archive_is: ArchiveIs, words: str) -> None:
    found = faults(choices, directory=replace(HOME, archive_is=archive_is))
    assert any(words in one for one in found), found


def test_a_loop_that_has_reached_its_end_is_refused_and_the_message_says_how_to_go_on() -> None:
    directory = replace(HOME, archive_names=pvector([b"job0006.init"]))
    assert faults(LOOP, directory=directory) == [
        "loop-end: the archive storage is at cycle 6 already; raise loop-end (5) to go on"
    ]


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (Choices(exclude=pvector(["../x"])), "exclude: '../x' lies outside the input directory"),
        (Choices(exclude=pvector(["/etc"])), "exclude: '/etc' lies outside"),
        (Choices(exclude=pvector(["run.sh"])), "exclude: 'run.sh' would keep the script itself at home"),
        (Choices(exclude=pvector(["."])), "would keep the script itself"),
        (Choices(exclude=pvector(["~/x"])), "'~' means nothing here"),
        (Choices(include=pvector(["~/x"])), "'~' means nothing here"),
        (Choices(include=pvector(["."])), "include: '.' contains the input directory"),
        (Choices(include=pvector([".."])), "contains the input directory"),
        (Choices(include=pvector(["/"])), "contains the input directory"),
        (Choices(include=pvector(["/a/x", "/b/x"])), "'/a/x' and '/b/x' would have the same name"),
        (Choices(include=pvector(["/a/run.out"])), "called like a runtime file"),
        (Choices(include=pvector(["old/run.sh"])), "include: 'old/run.sh' would be run in the place of the script"),
    ],
)
def test_files_that_can_not_travel_so_are_refused(choices: Choices, words: str) -> None:
    found = faults(choices)
    assert len(found) == 1
    assert words in found[0]


def test_the_script_itself_may_be_included() -> None:
    assert list(submission(Choices(include=pvector(["./run.sh"]))).unwrap().job.included) == ["/home/ada/job/run.sh"]


def test_one_file_named_twice_is_named_once() -> None:
    choices = Choices(include=pvector(["/a/x", "/a/./x", "/a/x"]), exclude=pvector(["d", "d"]))
    job = submission(choices).unwrap().job
    assert job.included == pvector(["/a/x"])
    assert job.excluded == pvector(["/home/ada/job/d"])


def test_a_doubled_slash_at_the_start_is_one() -> None:
    assert submission(Choices(include=pvector(["//a/x"]))).unwrap().job.included == pvector(["/a/x"])


# --- the script's name ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("x.out", "can't be named like a runtime file"),
        ("x.qqinfo", "can't be named like a runtime file"),
        (".qq-run", "belong to qq"),
        (".qq.lock", "belong to qq"),
        ("x" * 252, "12 bytes too long"),
    ],
)
def test_a_script_that_is_called_so_is_refused(script: str, words: str) -> None:
    found = faults(script=script)
    assert len(found) == 1
    assert words in found[0]


def test_a_name_may_be_as_long_as_its_runtime_files_allow() -> None:
    assert not faults(script="é" * 120)


# --- the site ---------------------------------------------------------------------------------------------------------


def resources(**amounts: object) -> Choices:
    return Choices(resources=replace(Resources(), **amounts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (resources(work_dir="flash"), "work-dir: the site local has no 'flash'; it has scratch_local, input_dir"),
        (resources(work_dir="scratch_locl"), "it has scratch_local, input_dir; did you mean 'scratch_local'?"),
        (Choices(server="meta"), "server: the local queue has no servers"),
        (resources(props=pmap({"a": "true"})), "props: the local queue has no properties"),
        (resources(nnodes=2, ncpus=2), "nnodes: the local queue is one machine"),
        (resources(nnodes=2, ncpus=3), "nnodes: the local queue is one machine; ask for 1 node"),
    ],
)
def test_what_the_local_queue_can_not_do_is_refused(choices: Choices, words: str) -> None:
    found = faults(choices)
    assert any(words in one for one in found), found


def test_input_dir_is_fine_locally_and_on_shared_storage_only() -> None:
    choices = replace(resources(work_dir="input_dir"), queue="q")
    assert not faults(choices)
    assert not faults(choices, site=CLUSTER, input_shared=True)
    assert "not on storage that the nodes share" in faults(choices, site=CLUSTER)[0]


def test_another_server_needs_shared_storage() -> None:
    site = replace(CLUSTER, engine="PBS", servers=pmap({"meta": "pbs-m1.metacentrum.cz"}))
    choices = Choices(queue="q", server="meta")
    assert "no other server can use it" in faults(choices, site=site)[0]
    assert submission(choices, site=site, input_shared=True).unwrap().job.server == "pbs-m1.metacentrum.cz"
    other = replace(choices, server="other.cz")
    assert submission(other, site=site, input_shared=True).unwrap().job.server == "other.cz"


def test_a_queue_is_needed_where_the_site_has_no_default_one() -> None:
    assert faults(site=CLUSTER) == [
        "queue: the site cluster has no default queue; name one with '# qq queue NAME' or --queue"
    ]


def test_what_slurm_can_not_express_is_refused() -> None:
    choices = replace(resources(props=pmap({"a": "false", "b": "^x", "c": "true", "d": "x", "e|f": "true"})), queue="q")
    found = faults(choices, site=CLUSTER)
    assert [one.partition(":")[2] for one in found] == [
        " Slurm can't express that a node must not have 'a'",
        " Slurm can't express that a node must not have 'b'",
        " Slurm's nodes have features without values; write the feature alone instead of 'd=x'",
        " 'e|f' can't be the name of a feature of Slurm's nodes",
    ]
    assert "Slurm has no servers" in faults(Choices(queue="q", server="x"), site=CLUSTER)[0]
    uneven = replace(resources(nnodes=2, ncpus=3), queue="q")
    assert "ncpus: 3 can't be shared evenly by 2 nodes; say ncpus-per-node" in faults(uneven, site=CLUSTER)


def test_a_scratch_that_belongs_to_a_project_needs_its_name() -> None:
    site = replace(CLUSTER, scratch=pmap({"scratch_local": pvector(["/s/{account}/job"])}))
    assert "name that with '# qq account NAME'" in faults(Choices(queue="q"), site=site)[0]
    assert not faults(Choices(queue="q", account="P1"), site=site)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    choices = Choices(job_type=JobType.LOOP, exclude=pvector(["run.sh"]), include=pvector(["."]), server="x")
    assert [one.partition(":")[0] for one in faults(choices)] == ["loop-end", "exclude", "include", "server"]


# --- continuing -------------------------------------------------------------------------------------------------------


def test_a_continuous_job_remembers_the_directories_of_the_one_before() -> None:
    before = a_job(
        job_type=JobType.CONTINUOUS,
        state=RecordState.FINISHED,
        work_dir="/scratch/2",
        main_node="node1",
        earlier_work_dirs=pvector([WorkDir("node0", "/scratch/1")]),
    )
    directory = replace(HOME, records=pvector([RecordSeen("run.qqinfo", before)]))
    found = submission(Choices(job_type=JobType.CONTINUOUS), directory=directory).unwrap()
    assert found.continues is before
    assert found.job.previous == "1.local"
    dirs = [("node0", "/scratch/1", before.token), ("node1", "/scratch/2", before.token)]
    assert [(one.host, one.path, one.token) for one in found.job.earlier_work_dirs] == dirs


def test_a_loop_job_that_is_continued_remembers_its_cycle_before_and_nothing_more() -> None:
    before = a_loop_job(state=RecordState.FINISHED, work_dir="/scratch/2", main_node="node1")
    directory = replace(
        HOME, records=pvector([RecordSeen("run+0001.qqinfo", before)]), archive_names=pvector([b"job0002.init"])
    )
    found = submission(LOOP, directory=directory).unwrap()
    assert found.job.previous == "1.local"
    assert not found.job.earlier_work_dirs


def test_a_directory_that_is_taken_is_a_fault() -> None:
    directory = replace(HOME, records=pvector([RecordSeen("run.qqinfo", a_job())]))
    assert "is the record of the job 1.local" in faults(directory=directory)[0]


def test_what_could_not_be_read_again_is_not_written() -> None:
    assert "input_machine" in faults(host="no host; at all")[0]
