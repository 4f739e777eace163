"""A request as sbatch wants it."""

from pyrsistent import pmap, pvector

from qq.core.records.values import Dependency, Resources, Size
from qq.core.replacing import replace
from qq.core.request import Request
from qq.core.schedulers.slurm_comment import MAX_TEXT
from qq.core.schedulers.slurm_submit import NOWHERE, feature_fault, file_pattern, sbatch_argv

REQUEST = Request(
    name="run.sh",
    starter="#!/bin/sh\nexec qq run\n",
    input_dir="/home/ada/a b",
    info_file="/home/ada/a b/run.qqinfo",
    token="t1",
    queue="cpu",
    resources=Resources(nnodes=1, ncpus=1),
    output="/home/ada/a b/run.qqout",
    env=pmap({"QQ_SHARED_SUBMIT": "true"}),
)


def wanted(resources: Resources) -> list[str]:
    """The words for resources."""
    argv = sbatch_argv(replace(REQUEST, resources=resources))
    return argv[argv.index("--partition=cpu") + 1 :]


def test_the_whole_command_line() -> None:
    assert sbatch_argv(REQUEST) == [
        "sbatch",
        "--parsable",
        "--export=ALL",
        "--open-mode=append",
        "--no-requeue",
        "--job-name=run.sh",
        "--comment=qq:t1:/home/ada/a%20b/run.qqinfo",
        "--chdir=/home/ada/a b",
        "--output=/home/ada/a b/run.qqout",
        "--partition=cpu",
        "--nodes=1",
        "--ntasks-per-node=1",
        "--cpus-per-task=1",
    ]


def test_what_may_be_asked_for_besides() -> None:
    depend = pvector([Dependency("afterany", pvector(["1", "2"])), Dependency("afterok", pvector(["3"]))])
    argv = sbatch_argv(replace(REQUEST, account="p-1", depend=depend, requeue=True, queue=""))
    assert "--account=p-1" in argv
    assert "--dependency=afterany:1:2,afterok:3" in argv
    assert "--requeue" in argv
    assert not any(word.startswith("--partition") for word in argv)


def test_where_the_input_directory_is_not_shared_slurm_opens_no_file_in_a_directory_of_everybodys() -> None:
    argv = sbatch_argv(replace(REQUEST, env=pmap()))
    assert "--chdir=/" in argv
    assert f"--output={NOWHERE}" in argv


def test_resources_are_per_node() -> None:
    assert wanted(Resources(nnodes=3, ncpus=12, mem=Size(1000), ngpus=6, walltime=90061)) == [
        "--nodes=3",
        "--ntasks-per-node=4",
        "--cpus-per-task=1",
        "--mem=334K",
        "--gpus-per-node=2",
        "--time=1-01:01:01",
    ]


def test_props_are_features_of_nodes() -> None:
    assert wanted(Resources(props=pmap({"ssd": "true", "amd": "true"})))[-1] == "--constraint=amd&ssd"
    assert feature_fault("amd", "true") is None
    assert "must not have" in (feature_fault("amd", "false") or "")
    assert "must not have" in (feature_fault("amd", "^x") or "")
    assert "without values" in (feature_fault("amd", "zen") or "")
    assert "can't be the name" in (feature_fault("a|b", "true") or "")


def test_a_name_that_is_too_long_for_slurm_is_cut() -> None:
    argv = sbatch_argv(replace(REQUEST, name="é" * 800))
    (name,) = [word.removeprefix("--job-name=") for word in argv if word.startswith("--job-name=")]
    assert len(name.encode()) <= MAX_TEXT
    assert set(name) == {"é"}


def test_nothing_in_the_path_of_the_output_is_filled_in() -> None:
    assert file_pattern("/a/run 100%j.qqout") == "/a/run 100%%j.qqout"
    assert file_pattern("/a/b\\c%j.qqout") == "/a/b\\\\c%j.qqout"
