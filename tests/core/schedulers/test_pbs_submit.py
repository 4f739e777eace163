"""The command line of qsub: nothing in it that was not recorded to work, or stands in the manual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrsistent import pmap, pvector

from qq.core.records.values import Dependency, Resources, Size
from qq.core.request import Request
from qq.core.schedulers.pbs_environment import carried, handed_on, qsub_environment, restored
from qq.core.schedulers.pbs_submit import LONGEST_NAME, job_name, qsub_argv
from tests.recorded import names, recording, text_of

ONE = Resources(nnodes=1, ncpus=4, mem=Size(4 << 20), walltime=90_000, work_size=Size(10 << 20))
BASE = {
    "name": "run.sh",
    "starter": "#!/bin/sh\nexec qq run\n",
    "input_dir": "/home/ada/it's, a job",
    "info_file": "/home/ada/it's, a job/run.qqinfo",
    "token": "t0",
    "queue": "long",
    "resources": ONE,
    "output": "/home/ada/it's, a job/run.qqout",
    "env": pmap({"QQ_INFO": "/home/ada/it's, a job/run.qqinfo", "QQ_TOKEN": "t0"}),
}


def a_request(**changes: object) -> Request:
    return Request(**{**BASE, **changes})  # type: ignore[arg-type]


def words(*changes: str, **more: object) -> list[str]:
    return qsub_argv(a_request(**more), dict(change.split("=", 1) for change in changes))


def options(argv: list[str], option: str) -> list[str]:
    return [value for name, value in zip(argv, argv[1:], strict=False) if name == option]


def test_one_node_by_plain_resources() -> None:
    assert words(scratch="scratch_local={size}") == [
        "qsub",
        *("-N", "run.sh"),
        *("-q", "long"),
        *("-j", "eo", "-e", "run.qqout"),
        *("-r", "n"),
        *("-W", "umask=022"),
        *("-l", "ncpus=4,mpiprocs=4,mem=4194304kb,scratch_local=10485760kb"),
        *("-l", "walltime=25:00:00"),
        *("-v", "QQ_INFO,QQ_TOKEN"),
    ]


def test_several_nodes_are_equal_chunks_on_different_nodes() -> None:
    wanted = Resources(
        nnodes=3,
        ncpus=12,
        ngpus=6,
        mem=Size(10),
        work_size=Size(7),
        props=pmap({"cl_x": "true", "vnode": "^n1", "singularity": "false"}),
    )
    argv = words(resources=wanted, scratch="scratch_ssd={size}")
    assert options(argv, "-l") == [
        "select=3:ncpus=4:mpiprocs=4:mem=4kb:ngpus=2:scratch_ssd=3kb:cl_x=true:singularity=false:vnode=^n1",
        "place=vscatter",
    ]


def test_scratch_is_asked_for_as_the_site_says() -> None:
    assert "scratch_shm=true" in options(words(scratch="scratch_shm=true"), "-l")[0]
    assert "scratch" not in options(words(), "-l")[0]
    assert "scratch" not in options(words(scratch="a={size}", resources=Resources(ncpus=1)), "-l")[0]
    assert options(words(resources=Resources()), "-l") == ["ncpus=1,mpiprocs=1"]


def test_queue_and_server() -> None:
    assert options(words(server="s.example"), "-q") == ["long@s.example"]
    assert options(words(server="s.example", queue=""), "-q") == ["@s.example"]
    assert options(words(queue=""), "-q") == []


def test_dependencies_account_requeue_umask() -> None:
    wanted = pvector([Dependency("afterok", pvector(["1.s", "2.s"])), Dependency("afterany", pvector(["3[].s"]))])
    argv = words(depend=wanted, account="proj", requeue=True, umask=0o027)
    assert options(argv, "-W") == ["umask=027", "depend=afterok:1.s:2.s,afterany:3[].s"]
    assert (options(argv, "-A"), options(argv, "-r")) == (["proj"], ["y"])


def test_output_is_written_at_once_where_the_node_has_the_directory() -> None:
    shared = BASE["env"].set("QQ_SHARED_SUBMIT", "true")  # type: ignore[attr-defined]
    assert options(words(env=shared), "-k") == ["oed"]
    assert options(words(), "-k") == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"output": "/home/ada/it's, a job/a:b.qqout"}, "/home/ada/it's, a job/a:b.qqout"),
        ({"output": "/home/ada/it's, a job/ a.qqout"}, "/home/ada/it's, a job/ a.qqout"),
        ({"output": "/elsewhere/a.qqout"}, "/elsewhere/a.qqout"),
        ({"output_host": "front.example"}, "front.example:/home/ada/it's, a job/run.qqout"),
    ],
)
def test_the_output_file_by_its_path_where_a_name_would_mean_something_else(changes: dict[str, str], path: str) -> None:
    assert options(words(**changes), "-e") == [path]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("run+0007.sh", "run+0007.sh"),
        ("a b/c", "a_b_c"),
        ("úloha", "job_loha"),
        ("", "job"),
        (".x", "job.x"),
        ("7", "7"),
    ],
)
def test_names(name: str, ours: str) -> None:
    assert job_name(name) == ours


@given(st.text())
def test_a_name_is_one_that_was_accepted(name: str) -> None:
    ours = job_name(name)
    assert ours.isascii()
    assert 0 < len(ours) <= LONGEST_NAME == len(recording("pbs", "qsub_name_230_chars").argv[2])
    assert ours[0].isalnum()
    assert all(letter.isalnum() or letter in "+-._" for letter in ours)


# --- the environment --------------------------------------------------------------------------------------------------


def test_variables_go_by_name_with_those_of_the_module_system() -> None:
    submitter = {"AMS_ROOT": "/software, x", "AMS_EMPTY": "", "AMS-NO": "1", "HOME": "/home/ada", "QQ_ATTEMPT": "1"}
    request = a_request()
    assert qsub_argv(request, submitter)[-1] == "AMS_ROOT,QQ_INFO,QQ_TOKEN"
    assert qsub_environment(request, {**submitter, "OLDPWD": "/x", "PWD": "/y"}) == {
        "AMS_ROOT": "/software, x",
        "AMS_EMPTY": "",
        "AMS-NO": "1",
        "HOME": "/home/ada",
        "PWD": "/home/ada/it's, a job",
        "QQ_INFO": "/home/ada/it's, a job/run.qqinfo",
        "QQ_TOKEN": "t0",
    }


def test_a_path_that_pbs_might_change_travels_in_another_form() -> None:
    hostile = "/home/ada/a\\b\nc d,'e'"
    request = a_request(env=pmap({"QQ_INFO": hostile, "QQ_TOKEN": "t0"}))
    sent = qsub_environment(request, {})
    assert sent["QQ_INFO"] == "file:///home/ada/a%5Cb%0Ac d,%27e%27"
    assert handed_on(sent)["QQ_INFO"] == hostile
    assert handed_on({"QQ_TOKEN": "file://x"}) == {"QQ_TOKEN": "file://x"}


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
def test_every_path_arrives(path: str) -> None:
    assert restored(carried(f"/{path}")) == f"/{path}"
    assert "\\" not in carried(f"/{path}")


def test_bytes_that_are_no_text_arrive() -> None:
    assert restored(carried("/a\udcff\\")) == "/a\udcff\\"


# --- what the recordings show to work ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["ncpus=2,mem=1gb", "scratch_local=1gb", "walltime=100:00:00"])
def test_plain_resources_were_accepted(form: str) -> None:
    assert f"'-l {form}': accepted" in text_of("pbs", "formats_and_dependencies")


def test_every_option_was_accepted_by_a_real_qsub() -> None:
    said = "\n".join(text_of("pbs", name) for name in names("pbs"))
    wanted = pvector([Dependency("afterok", pvector(["1.s"]))])
    argv = words("AMS_ROOT=/x", depend=wanted, account="acct", server="s", scratch="scratch_local={size}")
    for option in {word for word in argv if word.startswith("-") and len(word) == 2}:
        assert f"{option} " in said
