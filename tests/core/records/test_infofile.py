"""Info files as trees: keys and types, files of the older wrapper, every kind of fault with its place."""

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import fields
from pyrsistent import pmap, pvector

from qq.core.records.infofile import JOB, job_from_tree, token_for, tree_from_job
from qq.core.records.job import JobInfo, KilledBy, LoopInfo, WhyFailed, WorkDir
from qq.core.records.nested import FAILURE, KILLED_BY, LOOP, RESOURCES, SETTINGS, SITE, WORK_DIR
from qq.core.records.site import Settings, Site
from qq.core.records.values import Dependency, Modes, Resources, Size
from qq.core.replacing import replace
from qq.core.result import Success, failed
from qq.core.states import JobType, RecordState
from tests.core.jobs import a_job, a_loop_job


def old(**changes: Any) -> dict[str, Any]:
    """What the older wrapper writes about a finished cycle of a loop job."""
    tree = {
        "batch_system": "PBS",
        "qq_version": "0.5.1",
        "username": "ada",
        "job_id": "4711.pbs.example",
        "job_name": "run+0003.sh",
        "script_name": "run.sh",
        "queue": "gpu",
        "job_type": "loop",
        "input_machine": "head.example",
        "input_dir": "/home/ada/md",
        "job_state": "finished",
        "submission_time": "2025-03-04 05:06:07",
        "stdout_file": "run+0003.out",
        "stderr_file": "run+0003.err",
        "resources": {
            "nnodes": 1,
            "ncpus": 8,
            "mem": {"value": 8388608},
            "work_size_per_cpu": "1gb",
            "ngpus": 1,
            "walltime": "24:00:00",
            "work_dir": "scratch_local",
            "props": {"cl_two": "true", "old": "false", "brand": "amd"},
        },
        "excluded_files": ["/home/ada/md/notes"],
        "included_files": ["/home/ada/shared/top.itp"],
        "transfer_mode": ["success", "42"],
        "depend": ["afterok=1.pbs.example:2.pbs.example"],
        "loop_info": {
            "start": 1,
            "end": 10,
            "archive": "storage",
            "archive_format": "md%04d",
            "current": 3,
            "archive_mode": ["always"],
        },
        "account": "open-00-00",
        "start_time": "2025-03-04 06:00:00",
        "main_node": "node17.example",
        "all_nodes": ["node17.example"],
        "work_dir": "/scratch/ada/job_4711.pbs.example/main",
        "completion_time": "2025-03-05 05:00:00",
        "job_exit_code": 0,
    }
    return {key: value for key, value in {**tree, **changes}.items() if value is not ...}


def faults_of(tree: object) -> dict[str, str]:
    """Place → what is wrong there."""
    return {one.place: one.words for one in failed(job_from_tree(tree)) or ()}


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (Resources, RESOURCES),
        (LoopInfo, LOOP),
        (Site, SITE),
        (Settings, SETTINGS),
        (WhyFailed, FAILURE),
        (KilledBy, KILLED_BY),
        (WorkDir, WORK_DIR),
    ],
)
def test_every_field_has_a_key_of_its_own_name(record: type, table: tuple[Any, ...]) -> None:
    assert [field.key for field in table] == [field.name for field in table] == [f.name for f in fields(record)]


def test_every_field_of_a_job_has_a_key() -> None:
    assert {field.name for field in JOB} == {field.name for field in fields(JobInfo)} - {"unknown"}
    assert len({field.key for field in JOB}) == len(JOB)


# --- the older wrapper's files ----------------------------------------------------------------------------------------


def test_a_file_of_the_older_wrapper_is_read() -> None:
    assert job_from_tree(old()) == Success(
        JobInfo(
            batch_system="PBS",
            qq_version="0.5.1",
            username="ada",
            job_id="4711.pbs.example",
            job_name="run+0003.sh",
            script_name="run.sh",
            queue="gpu",
            job_type=JobType.LOOP,
            input_machine="head.example",
            input_dir="/home/ada/md",
            state=RecordState.FINISHED,
            submission_time=datetime(2025, 3, 4, 5, 6, 7),
            stdout_file="run+0003.out",
            stderr_file="run+0003.err",
            resources=Resources(
                nnodes=1,
                ncpus=8,
                mem=Size(8388608),
                work_size_per_cpu=Size(1048576),
                ngpus=1,
                walltime=86400,
                work_dir="scratch_local",
                props=pmap({"cl_two": "true", "old": "false", "brand": "amd"}),
            ),
            excluded=pvector(["/home/ada/md/notes"]),
            included=pvector(["/home/ada/shared/top.itp"]),
            transfer_mode=Modes(("success", 42)),
            depend=pvector([Dependency("afterok", pvector(["1.pbs.example", "2.pbs.example"]))]),
            loop=LoopInfo(
                start=1,
                end=10,
                archive="storage",
                archive_format="md%04d",
                current=3,
                archive_mode=Modes(("always",)),
            ),
            account="open-00-00",
            start_time=datetime(2025, 3, 4, 6),
            main_node="node17.example",
            all_nodes=pvector(["node17.example"]),
            work_dir="/scratch/ada/job_4711.pbs.example/main",
            completion_time=datetime(2025, 3, 5, 5),
            exit_code=0,
            token=token_for("4711.pbs.example"),
        )
    )


def test_it_is_written_with_the_same_keys_and_types() -> None:
    tree = old()
    written = tree_from_job(job_from_tree(tree).unwrap())
    new = {"token": token_for("4711.pbs.example"), "attempt": 1}
    same_size = {"work_size_per_cpu": {"value": 1048576}}
    assert written == {**tree, **new, "resources": {**tree["resources"], **same_size}}


def test_tokens_of_different_jobs_differ_and_one_job_always_has_the_same() -> None:
    assert token_for("1.pbs") == token_for("1.pbs") != token_for("2.pbs")


@pytest.mark.parametrize(("written", "read"), [(-15, 143), (-9, 137), (0, 0), (95, 95), (255, 255)])
def test_a_negative_exit_code_is_a_signal(written: int, read: int) -> None:
    assert job_from_tree(old(job_exit_code=written)).unwrap().exit_code == read


@pytest.mark.parametrize("value", [None, ...])
def test_what_is_absent_or_has_no_value_is_none_or_empty(value: object) -> None:
    optional = [field.key for field in JOB if not field.required and field.key not in ("job_id", "loop_info")]
    job = job_from_tree(old(**dict.fromkeys(optional, value))).unwrap()
    assert job.resources == Resources() and job.transfer_mode == Modes() and job.depend == pvector()
    assert job.exit_code is None and job.attempt == 1 and job.settings is None and not job.requeue


def test_an_absolute_archive_inside_the_input_directory_is_one() -> None:
    loop = old()["loop_info"]
    assert job_from_tree(old(loop_info={**loop, "archive": "/home/ada/md/results/storage"})).unwrap().loop


# --- keys that only qq has --------------------------------------------------------------------------------------------


def test_everything_that_is_set_is_written() -> None:
    job = a_job(
        script_exit_code=95,
        failure=WhyFailed(41, "no space"),
        killed_by=KilledBy("ada", datetime(2026, 1, 2, 3, 4, 5)),
        delivered=datetime(2026, 1, 2, 3, 4, 6),
        resubmit_from=pvector(["input", "head.example"]),
        resubmitted_as="18.local",
        previous="16.local",
        earlier_work_dirs=pvector([WorkDir("node1", "/scratch/17")]),
        qq_path="/opt/qq/bin/qq",
        umask=0o027,
        requeue=True,
        notes=pvector(["kept: x"]),
        site=Site(name="here", engine="local", batch_system="local", resubmit_from=pvector()),
    )
    tree = tree_from_job(job)
    assert {key: tree[key] for key in list(tree)[-18:] if key not in ("site", "settings")} == {
        "transfer_mode": ["success"],
        "script_exit_code": 95,
        "failure": {"number": 41, "words": "no space"},
        "killed_by": {"who": "ada", "when": "2026-01-02 03:04:05"},
        "delivered": "2026-01-02 03:04:06",
        "notes": ["kept: x"],
        "resubmit_from": ["input", "head.example"],
        "resubmitted_as": "18.local",
        "previous": "16.local",
        "token": "t0",
        "attempt": 1,
        "earlier_work_dirs": [{"host": "node1", "path": "/scratch/17"}],
        "qq_path": "/opt/qq/bin/qq",
        "umask": "0027",
        "requeue": True,
    } | {"resources": tree["resources"]}
    assert tree["site"] == {
        "name": "here",
        "engine": "local",
        "batch_system": "local",
        "default_work_dir": "input_dir",
        "scratch_shared": False,
        "scratch_outlives_job": True,
        "input_shared": False,
        "resubmit_from": [],
        "kill_wait": 10.0,
    }
    assert job_from_tree(tree) == Success(job)


@pytest.mark.parametrize(("raw", "mask"), [("0022", 0o022), ("77", 0o077), (18, 0o022), (0, 0)])
def test_a_umask_is_octal_text_or_a_number(raw: object, mask: int) -> None:
    assert job_from_tree(old(umask=raw)).unwrap().umask == mask


def test_whole_seconds_are_kept_of_a_time() -> None:
    assert (
        tree_from_job(a_job(submission_time=datetime(987, 1, 2, 3, 4, 5, 6)))["submission_time"]
        == "0987-01-02 03:04:05"
    )


# --- unknown keys -----------------------------------------------------------------------------------------------------


def test_unknown_keys_are_kept_at_every_level() -> None:
    tree: dict[str, Any] = tree_from_job(a_loop_job()) | {"new": {"list": [1, {"a": None}], 5: True}, "other": "x"}
    for key in ("resources", "loop_info", "settings"):
        tree[key] = {**tree[key], "new": [key]}
    job = job_from_tree(tree).unwrap()
    assert hash(job.unknown) is not None
    assert tree_from_job(job) == tree
    assert tree_from_job(replace(job, attempt=2)) == {**tree, "attempt": 2}


def test_unknown_keys_of_a_mapping_go_with_it() -> None:
    job = job_from_tree({**tree_from_job(a_job()), "failure": {"number": 1, "words": "x", "new": 1}}).unwrap()
    assert "failure" not in tree_from_job(replace(job, failure=None))
    assert tree_from_job(replace(job, failure=WhyFailed(2, "y")))["failure"] == {"number": 2, "words": "y", "new": 1}


def test_unknown_keys_of_a_mapping_stay_where_nothing_else_is_in_it() -> None:
    tree = {**tree_from_job(a_job()), "resources": {"new": None}}
    assert tree_from_job(job_from_tree(tree).unwrap()) == tree


def test_a_key_of_ours_is_never_overwritten_by_an_unknown_one() -> None:
    job = a_job(unknown=pmap({"resources": pmap({"work_dir": "elsewhere", "new": 1}), "settings": "no mapping"}))
    assert tree_from_job(job)["resources"] == {"work_dir": "scratch_local", "new": 1}
    assert tree_from_job(job)["settings"] == tree_from_job(a_job())["settings"]


def test_a_state_that_is_not_known_keeps_its_word_until_it_changes() -> None:
    job = job_from_tree(old(job_state="paused")).unwrap()
    assert job.state is RecordState.UNKNOWN
    assert tree_from_job(job)["job_state"] == "paused"
    assert tree_from_job(replace(job, state=RecordState.KILLED))["job_state"] == "killed"
    assert tree_from_job(job_from_tree(old(job_state="unknown")).unwrap())["job_state"] == "unknown"


# --- faults -----------------------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[object, ...]] = {
    "text": (5, True, 1.5, [], {}, "", "a\0b"),
    "name": (5, "", ".", "..", "a/b", "/a", "a\0", "x" * 256, "é" * 128, []),
    "path": (5, "", "a/b", "~/a", "/a\0b", []),
    "host": (5, "", "-oProxyCommand=x", "a b", "a;b", "user@host", "a/b", "x" * 300, "a\n", []),
    "id": (5, "", "-x", "a b", "$(id)", "a/b", []),
    "time": (5, "", "2025-03-04", "2025-13-04 05:06:07", "2025-3-4 5:6:7", "2025-03-04 05:06:07.5", "yesterday", []),
    "code": ("0", 1.0, True, 256, -128, []),
    "natural": ("1", 1.0, True, -1, []),
    "texts": ("a", 5, {}, [5], [None], [["a"]]),
    "mapping": ("a", 5, [], True),
}

KINDS = {
    "text": ["batch_system", "qq_version", "username", "queue", "account", "server", "interpreter", "job_state"],
    "name": ["job_name", "script_name", "stdout_file", "stderr_file"],
    "path": ["input_dir", "work_dir", "qq_path"],
    "host": ["input_machine", "main_node"],
    "id": ["job_id", "resubmitted_as", "previous"],
    "time": ["submission_time", "start_time", "completion_time", "delivered"],
    "code": ["job_exit_code", "script_exit_code"],
    "natural": ["attempt"],
    "texts": ["excluded_files", "included_files", "all_nodes", "resubmit_from", "notes", "earlier_work_dirs"],
    "mapping": ["resources", "loop_info", "failure", "killed_by", "site", "settings"],
}

CASES = [(key, value) for kind, keys in KINDS.items() for key in keys for value in WRONG[kind]]
MORE: list[tuple[str, object]] = [
    ("job_type", "loops"),
    ("job_type", 5),
    ("transfer_mode", "sometimes"),
    ("transfer_mode", 5),
    ("depend", ["before=1"]),
    ("depend", 5),
    ("token", "../../x"),
    ("token", 5),
    ("umask", "0999"),
    ("umask", 0o1000),
    ("umask", True),
    ("requeue", "yes"),
    ("requeue", 1),
    ("all_nodes", ["node1", "-x"]),
    ("included_files", ["relative"]),
    ("earlier_work_dirs", [{"host": "a"}]),
    ("earlier_work_dirs", [{"host": "a", "path": "b"}]),
]


@pytest.mark.parametrize(("key", "value"), CASES + MORE)
def test_a_wrong_value_is_one_fault_at_its_place(key: str, value: object) -> None:
    faults = faults_of(old(**{key: value}))
    assert len(faults) == 1
    (place,) = faults
    assert place == key or place.startswith((f"{key}[", f"{key}."))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("resources.nnodes", 0),
        ("resources.ncpus", "8"),
        ("resources.ngpus", -1),
        ("resources.mem", 5),
        ("resources.mem.value", "5"),
        ("resources.walltime", 86400),
        ("resources.work_dir", 5),
        ("resources.props", 5),
        ("resources.props.avx", 5),
        ("loop_info.start", -1),
        ("loop_info.end", 0),
        ("loop_info.end", None),
        ("loop_info.current", 0),
        ("loop_info.archive", "."),
        ("loop_info.archive", ".."),
        ("loop_info.archive", "/home/ada/md"),
        ("loop_info.archive", "/elsewhere"),
        ("loop_info.archive_format", "md"),
        ("loop_info.archive_format", "%d%d"),
        ("loop_info.archive_format", 5),
        ("loop_info.archive_mode", "sometimes"),
        ("settings.grace", "5"),
        ("settings.grace", True),
        ("settings.grace", -1.0),
        ("settings.grace", float("nan")),
        ("settings.retry_tries", 0),
        ("site.name", None),
        ("site.scratch", 5),
        ("site.scratch.ssd", "one"),
        ("site.scratch.ssd[1]", 5),
        ("site.servers.a", 5),
        ("site.scratch_shared", "no"),
        ("site.default_resources.ncpus", "8"),
        ("failure.words", None),
        ("killed_by.when", "now"),
    ],
)
def test_the_place_of_a_fault_is_the_whole_way_to_it(place: str, value: object) -> None:
    tree: Any = old(
        settings={},
        failure={"number": 1, "words": "x"},
        killed_by={"who": "ada", "when": "2026-01-02 03:04:05"},
        site={
            "name": "a",
            "engine": "local",
            "batch_system": "local",
            "scratch": {"ssd": ["a", "b"]},
            "servers": {},
            "default_resources": {},
        },
    )
    *way, last = place.removesuffix("[1]").split(".")
    inner = tree
    for key in way:
        inner = inner[key]
    if place.endswith("[1]"):
        inner[last][1] = value
    else:
        inner[last] = value
    assert list(faults_of(tree)) == [place]


def test_all_faults_are_found_at_once() -> None:
    wrong = old(queue=5, job_name="a/b", main_node=..., resources={"mem": "x", "ncpus": 0}, username=...)
    assert set(faults_of(wrong)) == {"queue", "job_name", "resources.mem", "resources.ncpus", "username"}
    assert faults_of(wrong)["username"] == "is missing"


def test_a_loop_and_its_job_type_go_together() -> None:
    assert faults_of(old(loop_info=...)) == {"loop_info": "a loop job needs one"}
    assert faults_of(old(job_type="standard")) == {"loop_info": "a standard job has none"}


def test_a_record_has_an_id_or_a_token() -> None:
    assert faults_of(old(job_id=...)) == {"job_id": "is missing, and so is the token"}
    assert job_from_tree(old(job_id=..., token="t1")).unwrap().job_id is None


@pytest.mark.parametrize("tree", [None, [], [old()], "text", 5])
def test_what_is_no_mapping_is_one_fault(tree: object) -> None:
    assert faults_of(tree) == {"": "it holds no mapping of keys and values"}


def test_keys_are_text() -> None:
    odd: dict[Any, Any] = {**old(), 5: 1}
    assert faults_of(odd) == {"": "the key 5 is no text"}
    assert faults_of(old(settings={5: 1})) == {"settings": "the key 5 is no text"}
    assert faults_of(old(site={"name": "a", "engine": "b", "batch_system": "c", "servers": {5: "x"}})) == {
        "site.servers": "5 is no text"
    }
