"""What a batch system is asked for, and what is said besides (SPEC 2 and 4)."""

import subprocess
from pathlib import Path

import pytest
from pyrsistent import pmap, pvector

from qq.core.choices import Choices, Written, written_option
from qq.core.records.site import Site
from qq.core.records.values import Dependency, Modes, Resources, Size
from qq.core.replacing import replace
from qq.core.result import failed
from qq.core.states import JobType
from qq.core.submission.request import info_path, inherited, qq_command, request_for, starter, submitters_environment
from qq.core.submission.sources import effective_choices, read_script
from qq.core.submission.warnings import warnings
from tests.core.jobs import a_job, a_loop_job
from tests.core.submission.cases import LOCAL


def test_a_request_holds_what_a_batch_system_needs() -> None:
    job = a_loop_job(
        resources=Resources(ncpus=2, mem_per_cpu=Size(1024), walltime=60),
        depend=pvector([Dependency("afterok", pvector(["7"]))]),
        account="P1",
        umask=0o077,
        requeue=True,
        server="s.cz",
    )
    request = request_for(job, qq_command=["/opt/qq"], info_file="/x/run.qqinfo", env={}, after="9.local")
    assert (request.name, request.input_dir, request.queue) == ("run+0001.sh", "/home/ada/job", "default")
    assert (request.token, request.account, request.server, request.requeue) == ("t0", "P1", "s.cz", True)
    assert (request.umask, request.info_file) == (0o077, "/x/run.qqinfo")
    assert request.output == "/home/ada/job/run+0001.qqout"
    assert (request.resources.nnodes, request.resources.ncpus, request.resources.mem) == (1, 2, Size(2048))
    assert [str(one) for one in request.depend] == ["afterok=7", "afterany=9.local"]
    assert request.env["QQ_INFO"] == "/x/run.qqinfo"


def test_without_a_word_a_request_depends_on_nothing_and_has_the_usual_umask() -> None:
    request = request_for(a_job(), qq_command=["/opt/qq"], info_file=info_path(a_job()), env={})
    assert not request.depend
    assert request.umask == 0o022
    assert request.info_file == "/home/ada/job/run.qqinfo"


def test_of_the_submitters_variables_only_those_go_along_that_are_not_one_jobs() -> None:
    env = {"QQ_DEBUG": "1", "QQ_SHARED_SUBMIT": "true", "QQ_ATTEMPT": "2", "QQ_TOKEN": "other", "HOME": "/home/ada"}
    request = request_for(a_job(), qq_command=["/opt/qq"], info_file="/x", env=env)
    assert request.env["QQ_DEBUG"] == "1"
    assert request.env["QQ_SHARED_SUBMIT"] == "true"
    assert request.env["QQ_TOKEN"] == "t0"
    assert request.env.keys().isdisjoint({"QQ_ATTEMPT", "HOME"})


def test_storage_is_what_it_is_not_what_an_outer_job_said() -> None:
    outer = {"QQ_SHARED_SUBMIT": "true", "QQ_DEBUG": "1"}
    assert submitters_environment(outer, shared=False) == pmap({"QQ_DEBUG": "1"})
    assert submitters_environment({}, shared=True) == pmap({"QQ_SHARED_SUBMIT": "true"})


@pytest.mark.parametrize("name", ["qq", 'it\'s a "qq" $HOME\nx', "x" * 200])
def test_the_starter_runs_this_very_qq_whatever_its_path(name: str, tmp_path: Path) -> None:
    program = tmp_path / name
    program.write_text('#!/bin/sh\nprintf "%s\\n" "ran $1"\n')
    program.chmod(0o755)
    script = tmp_path / "starter"
    script.write_text(starter([str(program)]))
    script.chmod(0o755)
    assert subprocess.run([script], capture_output=True, text=True, check=True).stdout == "ran run\n"


def test_the_starter_is_two_lines() -> None:
    assert starter(["/opt/qq bin/qq"]) == "#!/bin/sh\nexec '/opt/qq bin/qq' run\n"


def test_the_sites_command_beats_the_path_of_the_submitter() -> None:
    job = a_job(qq_path="/opt/qq", site=replace(LOCAL, qq_command="apptainer exec 'my qq.sif' qq"))
    assert list(qq_command(job)) == ["apptainer", "exec", "my qq.sif", "qq"]
    assert list(qq_command(replace(job, site=LOCAL))) == ["/opt/qq"]
    assert list(qq_command(a_job())) == ["qq"]


# --- sources ----------------------------------------------------------------------------------------------------------


def test_a_script_says_its_options_and_where() -> None:
    said = read_script("#!/usr/bin/env -S qq run\n# qq ncpus 8\n", "run.sh").unwrap()
    assert said.choices == Choices(resources=Resources(ncpus=8))
    assert said.written == pvector([written_option("ncpus", "8", "run.sh, line 2")])


def test_all_that_is_wrong_with_a_script_is_said_in_the_order_of_its_lines() -> None:
    script = "#!/bin/bash\n# qq ncpus x\n# qq foo 1\n# qq mem 1\n"
    wrong = failed(read_script(script, "run.sh"))
    assert wrong is not None
    assert [one.place for one in wrong] == [f"run.sh, line {number}" for number in (1, 2, 3, 4)]


def test_the_command_line_beats_the_script_beats_the_configuration_beats_queue_and_site() -> None:
    def asks(queue: str | None, **amounts: int) -> Choices:
        return Choices(queue=queue, resources=replace(Resources(), **amounts))  # type: ignore[arg-type]

    found = effective_choices(
        asks(None, ncpus=1),
        asks("script", ncpus=2, ngpus=2),
        asks("config", ngpus=3, walltime=3),
        LOCAL,
        [Resources(walltime=4, nnodes=4)],
    )
    assert found.queue == "script"
    amounts = found.resources
    assert (amounts.ncpus, amounts.ngpus, amounts.walltime, amounts.nnodes) == (1, 2, 3, 4)
    assert amounts.mem_per_cpu == Size(1024**2)


# --- warnings ---------------------------------------------------------------------------------------------------------


def written(*names: str) -> list[Written]:
    return [written_option(name, "1", f"--{name}") for name in names]


def test_a_good_submission_is_not_warned_about() -> None:
    assert not warnings(a_job(), Choices(), written("ncpus"))
    assert not warnings(a_loop_job(), Choices(), written("loop-end"))


def test_options_that_mean_nothing_are_named() -> None:
    said = warnings(a_job(), Choices(), written("loop-end", "ncpus"))
    assert list(said) == ["'loop-end' means nothing for a standard job and is ignored"]


def test_include_is_ignored_with_a_word_where_nothing_is_copied() -> None:
    job = a_job(resources=Resources(work_dir="input_dir"))
    assert "'include' is ignored" in warnings(job, Choices(include=pvector(["/x"])), [], absent=["/x"])[0]
    assert not warnings(job, Choices(), [])


NEVER = Modes(("never",))


def test_cycles_that_would_all_start_from_the_same_input_are_warned_about() -> None:
    loop = a_loop_job(transfer_mode=NEVER)
    assert loop.loop is not None
    assert not warnings(loop, Choices(), [])
    loop = replace(loop, loop=replace(loop.loop, archive_mode=Modes(("failure",))))
    assert "starts from the same input" in warnings(loop, Choices(), [])[0]
    assert not warnings(replace(loop, resources=Resources(work_dir="input_dir")), Choices(), [])
    assert (
        "starts from the same input"
        in warnings(a_job(job_type=JobType.CONTINUOUS, transfer_mode=NEVER), Choices(), [])[0]
    )
    assert not warnings(a_job(transfer_mode=NEVER), Choices(), [])


def test_what_a_wiped_scratch_loses_is_said_beforehand() -> None:
    site = Site(name="s", engine="PBS", batch_system="PBS", scratch_outlives_job=False)
    wiped = a_job(site=site, resources=Resources(work_dir="scratch_local"))
    (said,) = warnings(wiped, Choices(), [])
    assert said.startswith(
        "scratch_local is wiped when the job ends: what the script made is lost when the job is killed"
    )
    assert "after an exit code that transfer-mode 'success' does not allow" in said
    (said,) = warnings(replace(wiped, transfer_mode=Modes(("always",))), Choices(), [])
    assert "exit code" not in said
    assert not warnings(replace(wiped, resources=Resources(work_dir="input_dir")), Choices(), [])


def test_what_other_nodes_write_on_a_scratch_of_their_own_stays_there() -> None:
    shared = pmap({"scratch_local": pvector(["/l"]), "scratch_shared": pvector(["/s"])})
    site = Site(name="s", engine="Slurm", batch_system="Slurm", scratch=pmap({"scratch_local": pvector(["/l"])}))
    two = a_job(site=site, resources=Resources(nnodes=2, work_dir="scratch_local"))
    (said,) = warnings(two, Choices(), [])
    assert said.startswith("each node has a scratch_local of its own:") and said.endswith("use work-dir input_dir")
    (said,) = warnings(replace(two, site=replace(site, scratch=shared)), Choices(), [])
    assert said.endswith("use work-dir scratch_shared")
    assert not warnings(replace(two, resources=Resources(nnodes=1, work_dir="scratch_local")), Choices(), [])
    assert not warnings(replace(two, resources=Resources(nnodes=2, work_dir="input_dir")), Choices(), [])
    assert not warnings(replace(two, site=replace(site, scratch_shared=True)), Choices(), [])
    in_shared = replace(two, site=replace(site, scratch=shared, default_work_dir="scratch_shared"))
    assert not warnings(replace(in_shared, resources=Resources(nnodes=2)), Choices(), [])


def test_what_the_site_says_of_scratch_and_output_hosts_goes_into_the_request() -> None:
    site = Site(
        name="x",
        engine="PBS",
        batch_system="PBS",
        default_work_dir="scratch_local",
        scratch_requests=pmap({"scratch_local": "scratch_local={size}", "scratch_shm": "scratch_shm=true"}),
        output_hosts=pmap({"s.example": "front.example"}),
    )

    def asked(work_dir: str | None, server: str | None) -> tuple[str | None, str | None]:
        job = a_job(site=site, server=server, resources=Resources(work_dir=work_dir))
        request = request_for(job, qq_command=["qq"], info_file="/x/run.qqinfo", env={})
        return request.scratch, request.output_host

    assert asked(None, "s.example") == ("scratch_local={size}", "front.example")
    assert asked("scratch_shm", "other") == ("scratch_shm=true", None)
    assert asked("input_dir", None) == (None, None)
    request = request_for(a_job(site=None), qq_command=["qq"], info_file="/x/run.qqinfo", env={})
    assert (request.scratch, request.output_host) == (None, None)


def test_pbs_brings_the_output_late_where_the_nodes_do_not_share_the_directory() -> None:
    site = Site(name="x", engine="PBS", batch_system="PBS")
    said = warnings(a_job(site=site), Choices(), [], input_shared=False)
    assert "run.qqout comes home when the job ends" in said[0]
    assert len(warnings(a_job(site=site), Choices(), [])) == len(said) - 1
    assert "run.qqout" not in str(warnings(a_job(site=LOCAL), Choices(), [], input_shared=False))


def test_modules_and_debugging_are_inherited_whoever_submits() -> None:
    environ = {"AMS_ROOT": "/x", "QQ_DEBUG": "1", "HOME": "/home/ada", "QQ_TOKEN": "t"}
    assert inherited(environ) == pmap({"AMS_ROOT": "/x", "QQ_DEBUG": "1"})
    assert inherited({"QQ_DEBUG": ""}) == pmap()
