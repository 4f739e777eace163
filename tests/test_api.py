"""What notebooks get from ``import qq``."""

import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import qq
from qq.core.troubles import Reason
from tests.conftest import QQHome
from tests.shell.batch.slurm.conftest import Programs

SCRIPT = "#!/usr/bin/env -S qq run\n# qq job-type loop\n# qq loop-end 5\n# qq work-dir scratch_local\ntrue\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "run.sh"
    path.write_text(SCRIPT)
    return path


def test_a_job_that_was_never_submitted_can_be_asked(script: Path, qq_home: QQHome) -> None:
    job = qq.job(script, batch_system="local", transfer_mode=["success", 42])
    assert qq.should_transfer(job, 42) and not qq.should_transfer(job, 1)
    assert qq.should_archive(job, 0) and qq.should_resubmit(job, 0) and not qq.should_resubmit(job, 95)
    assert qq.next_cycle(job) == 2
    assert b"storage" in qq.excluded_paths(job)
    assert sorted(path.name for path in script.parent.iterdir() if path.name != "home") == ["run.sh"]


def test_a_job_can_be_asked_about_where_another_one_stands(script: Path, qq_home: QQHome) -> None:
    for name in ("run+0001.qqinfo", "run+0001.out"):
        (script.parent / name).touch()
    assert qq.next_cycle(qq.job(script, batch_system="local")) == 2


def test_all_that_is_wrong_with_a_job_is_in_one_error(script: Path, qq_home: QQHome) -> None:
    with pytest.raises(qq.InvalidJob) as error:
        qq.job(script, mem="4 apples", walltime="soon")
    assert len(error.value.faults) == 2
    with pytest.raises(qq.InvalidJob, match="did you mean 'ncpus'"):
        qq.job(script, ncpu=3)
    with pytest.raises(qq.InvalidJob, match=r"nothing\.sh"):
        qq.job("nothing.sh")


def test_each_item_of_a_list_is_one_name(script: Path, qq_home: QQHome) -> None:
    (script.parent / "x y").touch()
    job = qq.job(script, batch_system="local", exclude=["a b", Path("c:d"), "it's"], include=[script.parent / "x y"])
    assert [Path(path).name for path in job.excluded] == ["a b", "c:d", "it's"]
    assert list(job.included) == [str(script.parent / "x y")]
    for value, names in ((Path("a b"), ["a b"]), ("a b", ["a", "b"])):
        excluded = qq.job(script, batch_system="local", exclude=value).excluded
        assert [Path(path).name for path in excluded] == names


def test_no_file_at_all_overrides_the_script(script: Path, qq_home: QQHome) -> None:
    script.write_text(SCRIPT.replace("true", "# qq exclude a b"))
    assert len(qq.job(script, batch_system="local").excluded) == 2
    assert not qq.job(script, batch_system="local", exclude=[]).excluded
    assert not qq.job(script, batch_system="local", exclude="").excluded


def test_an_option_is_given_in_one_spelling(script: Path, qq_home: QQHome) -> None:
    with pytest.raises(qq.InvalidJob, match="workdir: this is the option work_dir; give one of them"):
        qq.job(script, work_dir="scratch_local", workdir="input_dir")


def test_a_flag_that_is_not_set_overrides_the_script(script: Path, qq_home: QQHome) -> None:
    script.write_text(SCRIPT.replace("true", "# qq requeue\ntrue"))
    assert qq.job(script, batch_system="local").requeue
    assert not qq.job(script, batch_system="local", requeue=False).requeue


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"exclude": None}, "exclude: None is no value of this option; give text, a number or a list, or leave it out"),
        ({"transfer_mode": None}, "transfer_mode: None is no value"),
        ({"exclude": ["a", None]}, r"exclude: \['a', None\] is no value"),
        ({"exclude": b"a"}, "exclude: b'a' is no value"),
        ({"props": {"a": "b"}}, "props: {'a': 'b'} is no value"),
        ({"interpreter": ["python3", "-u"]}, "is no value of this option; give text or a number"),
        ({"ncpus": 1.5}, "'1.5' is no whole number of 1 or more"),
        ({"ncpus": True}, "'True' is no whole number"),
        ({"requeue": "no"}, "requeue: 'no' is neither True nor False"),
        ({"requeue": None}, "requeue: None is neither True nor False"),
    ],
)
def test_a_value_that_means_nothing(script: Path, qq_home: QQHome, options: dict[str, Any], words: str) -> None:
    with pytest.raises(qq.InvalidJob, match=words):
        qq.job(script, **options)


def test_a_batch_system_that_does_not_answer_is_a_trouble(
    script: Path, qq_home: QQHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = Programs(tmp_path)
    for name in ("sbatch", "scontrol", "sinfo"):
        programs.say(name, err="slurm_load_partitions: Unable to contact slurm controller (connect failure)", code=1)
    monkeypatch.setenv("PATH", programs.environ["PATH"])
    for call in (qq.job, qq.submit):
        with pytest.raises(qq.Trouble, match="does not answer") as error:
            call(script, batch_system="Slurm")
        assert error.value.number == Reason.BATCH_NOT_ANSWERING.number


def test_an_archive_whose_name_is_too_long_is_named(script: Path, qq_home: QQHome) -> None:
    with pytest.raises(qq.InvalidJob, match=r"^/.*/x{300}: the directory can't be read: File name too long$"):
        qq.job(script, batch_system="local", job_type="loop", loop_end=2, archive="x" * 300)


def test_a_record_is_loaded_by_its_file_or_its_directory(tmp_path: Path) -> None:
    with pytest.raises(qq.InvalidJob, match="one info file"):
        qq.load(tmp_path)
    with pytest.raises(qq.Trouble, match="no such info file"):
        qq.load(tmp_path / "run.qqinfo")
    with pytest.raises(qq.Trouble, match="name too long"):
        qq.load(tmp_path / ("x" * 300))
    (tmp_path / "run.qqinfo").write_text("no: record\n")
    with pytest.raises(qq.InvalidJob) as error:
        qq.load(tmp_path)
    assert len(error.value.faults) > 10
    assert {fault.place.split(", ")[0] for fault in error.value.faults} == {str(tmp_path / "run.qqinfo")}
    (tmp_path / "run.qqinfo").write_text("")
    with pytest.raises(qq.InvalidJob, match=r"run\.qqinfo: it is empty"):
        qq.load(tmp_path)


def test_importing_qq_loads_nothing_else() -> None:
    code = "import sys, qq; print([m for m in sys.modules if m.startswith(('qq.core', 'qq.shell', 'yaml', 'click'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    assert all(getattr(qq, name) is not None for name in qq.__all__)
    assert dir(qq) == qq.__all__
    with pytest.raises(AttributeError):
        qq.nothing  # noqa: B018


# --- commands as functions --------------------------------------------------------------------------------------------


@pytest.fixture
def place(qq_home: QQHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory that one works in, with the real queue; nothing runs at the end."""
    there = tmp_path / "work"
    there.mkdir()
    monkeypatch.chdir(there)
    monkeypatch.setenv("QQ_BATCH_SYSTEM", "local")
    yield there
    qq.kill(all=True, force=True)
    qq.wait(all=True, timeout=30)
    assert len(qq.jobs()) == 0


def a_script(directory: Path, body: str) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / "run.sh"
    path.write_text(f"#!/usr/bin/env -S qq run\n{body}\n")
    return path


def test_a_job_from_its_submission_to_its_end(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    submitted = qq.submit(a_script(place, "echo hello; echo wrong >&2; exit 3"), ncpus=1)
    assert (submitted.kind, submitted.did) == ("done", "submitted")
    ended = qq.wait(submitted.job_id or "")
    assert not ended.ok and ended[0].detail is not None and ended[0].detail.number == 1
    (job,) = qq.info()
    assert (job.job_id, job.state) == (submitted.job_id, "failed")
    assert job.next_command == f"qq respawn {job.job_id}" and "exit code 3" in job.reason and "exit code 3" in repr(job)
    assert [log.text for log in (*qq.logs(), *qq.logs(stream="err"))] == ["hello\n", "wrong\n"]
    (again,) = qq.respawn(states="failed")
    assert again.detail is not None and again.detail.job_id != job.job_id
    qq.wait()
    assert [one.state for one in qq.info(dirs=place)] == ["failed"]
    assert qq.wipe().summary == "1 deleted"
    (cleared,) = qq.clear()
    assert cleared.detail is not None and "run.qqinfo" in cleared.detail.removed
    assert [path.name for path in place.iterdir()] == ["run.sh"]
    assert capfd.readouterr() == ("", "")


def test_a_running_job_is_fetched_from_and_killed(place: Path) -> None:
    go = place.parent / "ready"
    qq.submit(a_script(place, f"echo made > result; touch '{go}'; sleep 1000"))
    until(go.exists)
    (fetched,) = qq.sync(files="result")
    assert fetched.detail is not None and fetched.detail.files == 1
    assert (place / "result").read_text() == "made\n"
    assert qq.kill(all=True).ok
    until(lambda: qq.info()[0].state == "killed")
    assert not qq.recover().ok and "never ended by itself" in qq.recover()[0].words
    assert qq.jobs(ended=True)[0].job_id == "1.local"
    assert [len(rows) for rows in (qq.jobs(), qq.stat(), qq.queues(), qq.nodes())] == [0, 0, 1, 1]


def test_of_several_scripts_each_fails_alone(place: Path) -> None:
    made = qq.submit([a_script(place / "r1", "true"), place / "r2" / "run.sh", a_script(place / "r3", "exit 1")])
    assert [report.kind for report in made] == ["done", "failed", "done"]
    assert "can't be read" in made[1].words and not made.ok
    assert qq.wait(dirs=[place / "r1", place / "r3"]).summary == "1 finished, 1 failed"
    assert [job.state for job in qq.info(dirs="r*", states="failed")] == ["failed"]
    found = qq.info(dirs=("r1", "nowhere"))
    assert len(found) == 1 and found.troubles == ("nowhere: no such directory",)
    html = found._repr_html_()
    assert "finished" in html and "nowhere" in html and "run.sh" in html
    assert "run.sh" in repr(qq.jobs(ended=True)) and "cpus free" in repr(qq.queues()) + repr(qq.nodes())
    assert "==> " in repr(qq.logs(dirs="r1")[0]) and "lines" in repr(qq.logs(dirs="r1"))


def test_what_is_wrong_with_the_call_is_raised(place: Path) -> None:
    with pytest.raises(qq.InvalidJob, match="did you mean 'killed'"):
        qq.kill(states="kiled")
    with pytest.raises(qq.InvalidJob, match="no job id"):
        qq.info("run.sh")
    with pytest.raises(qq.InvalidJob, match="no such stream"):
        qq.logs(stream="nothing")
    with pytest.raises(qq.InvalidJob, match=r"run\.sh"):
        qq.submit("run.sh")
    with pytest.raises(qq.InvalidJob, match="did you mean 'ncpus'"):
        qq.submit("run.sh", ncpu=3)
    with pytest.raises(qq.Trouble, match="only PBS has several servers"):
        qq.jobs(server="meta")
    with pytest.raises(qq.Trouble, match="refused"):
        qq.submit(a_script(place, "true"), ncpus=100_000)
    assert qq.info(4711).troubles == ("4711: no such job; for one that is long over, use -d with its directory",)


@pytest.mark.parametrize("name", ["ids", "dirs", "states"])
@pytest.mark.parametrize("command", ["info", "kill", "wipe", "recover"])
def test_an_empty_list_never_means_all_jobs_of_the_directory(place: Path, command: str, name: str) -> None:
    with pytest.raises(qq.InvalidJob, match=f"{name}: the list is empty: it names nothing"):
        getattr(qq, command)(**{name: []})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: qq.job(None), "script: None is no path"),  # type: ignore[arg-type]
        (lambda: qq.job(b"run.sh"), "script: b'run.sh' is no path"),  # type: ignore[arg-type]
        (lambda: qq.load(17), "path: 17 is no path"),  # type: ignore[arg-type]
        (lambda: qq.load("a\0b"), "path: 'a.x00b' is no path"),
        (lambda: qq.submit("a\0b"), "scripts: 'a.x00b' is no path"),
        (lambda: qq.job("half\ud800"), "script: 'half.ud800' is no path"),
        (lambda: qq.load("half\ud800"), "path: 'half.ud800' is no path"),
        (lambda: qq.job("a\nb"), r"^a.nb: the script can't be read: no such file or directory$"),
        (lambda: qq.info("a\nb"), r"^a.nb: no job id: "),
        (lambda: qq.job("run.sh", exclude="half\ud800"), "exclude: 'half.ud800' is no text that can stand in a record"),
        (lambda: qq.job("run.sh", archive=["\ud800"]), "archive: "),
        (lambda: qq.submit(3), "scripts: 3 is neither a word nor a list of words"),  # type: ignore[call-overload]
        (lambda: qq.info(3.5), "ids: 3.5 is neither a word nor a list of words"),  # type: ignore[arg-type]
        (lambda: qq.info(dirs=b"here"), "dirs: b'here' is neither a word nor a list of words"),  # type: ignore[arg-type]
        (lambda: qq.sync(files=[]), "files: the list is empty"),
        (lambda: qq.wait(timeout="soon"), "timeout: 'soon' is no time; give seconds"),  # type: ignore[arg-type]
        (lambda: qq.template(None), "no such template: None; there are gromacs-flex"),  # type: ignore[arg-type]
        (lambda: qq.site(3), "there is no site '3'; there are"),  # type: ignore[arg-type]
    ],
)
def test_a_value_of_a_wrong_type_is_told_in_words(place: Path, call: Callable[[], object], words: str) -> None:
    with pytest.raises(qq.InvalidJob, match=words):
        call()


def test_one_waits_for_ever_if_one_says_so(place: Path) -> None:
    assert "no job" in qq.wait(timeout=math.inf).troubles[0]


def test_what_a_function_gives_for_a_cycle_is_looked_at(script: Path, qq_home: QQHome) -> None:
    job = qq.job(script, batch_system="local")
    with pytest.raises(qq.InvalidJob, match="the script of cycle 1: NoneType is no script"):
        qq.simulate(job, lambda cycle: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(qq.InvalidJob, match=r"writes: 'half.*' is no plain name"):
        qq.simulate(job, qq.Script(writes={"half\ud800": 1}))


def test_other_threads_may_call_too(place: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        ids = [one.job_id for one in threads.map(qq.submit, [a_script(place / name, "true") for name in ("a", "b")])]
        assert threads.submit(qq.wait, [each for each in ids if each]).result().ok
        assert "synchronized" in threads.submit(qq.sync, dirs="a").result()[0].words


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_template_is_text_and_an_unknown_one_is_named(qq_home: QQHome) -> None:
    assert qq.template("python-loop").startswith("#!/usr/bin/env -S qq run\n")
    with pytest.raises(qq.InvalidJob, match="did you mean 'gromacs-loop'"):
        qq.template("gromacs-lop")


def test_the_installation_is_told_in_records(qq_home: QQHome) -> None:
    assert qq.site("local").site.name == "local"
    with pytest.raises(qq.InvalidJob, match="there is no site 'nowhere'"):
        qq.site("nowhere")
    settings = {one.key: one.value for one in qq.config()}
    assert settings["local.ncpus"] is None or settings["local.ncpus"]
    assert "local.ncpus" in str(qq.config()) and "<table" in qq.config()._repr_html_()
    found = qq.doctor()
    assert {"qq", "batch system"} <= {one.check for one in found}
    assert "batch system" in str(found)
