"""Submitting to a real queue: the record comes first, a refusal leaves nothing, and one directory holds one job."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.choices import Choices
from qq.core.evidence import Seen
from qq.core.paths import to_text
from qq.core.records.job import JobInfo
from qq.core.records.values import Dependency, Resources
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success, failed
from qq.core.schedulers.local import Limits
from qq.core.states import BatchState, JobType, RecordState
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.local import waking
from qq.shell.batch.local.client import LocalQueue
from qq.shell.configuration import load_setup
from qq.shell.here import own_path
from qq.shell.perform.lock import directory_lock
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.record import record_text, update_record, write_text
from qq.shell.resubmission import resubmit
from qq.shell.submission import Batches, Plan, Submitter, preview
from qq.shell.submit import submit
from tests.conftest import NASTY_NAME, QQHome

SECONDS = 30
SHEBANG = "#!/usr/bin/env -S qq run\n"
BLOCKER = "1.local"
WAITS_FOR_IT = pvector([Dependency("afterok", pvector([BLOCKER]))])
"""What is submitted so stays where it is: nothing changes while a test looks."""


def until(come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not come():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def queue(qq_home: QQHome) -> Iterator[LocalQueue]:
    """The user's queue, which is ended after the test."""
    from qq.shell.batch.local.places import users_places

    directory = users_places(qq_home.env).directory
    queue = LocalQueue(directory, environ=qq_home.env, linger=0.2, limits=Limits(ncpus=2))
    yield queue
    ids = [job.job_id for job in queue.jobs(user=None, ended=False).unwrap()]
    queue.kill(ids, force=True)
    until(lambda: not queue.jobs(user=None, ended=False).unwrap() and waking.holder(queue.places) is None)
    queue.close()


@pytest.fixture
def submitter(qq_home: QQHome, tmp_path: Path, queue: LocalQueue) -> Submitter:
    """Ada at her desk; the local queue is what she submits to."""
    return Submitter(
        setup=load_setup(qq_home.env).unwrap(),
        environ=qq_home.env,
        directory=str(tmp_path),
        host="here",
        user="ada",
        umask=0o027,
        qq_path=own_path() or "",
        batches=Batches(opened={"local": Success(queue)}),
        choices=Choices(batch_system="local"),
    )


@pytest.fixture
def waiting(submitter: Submitter, tmp_path: Path) -> Submitter:
    """The same; what she submits waits for a job that runs until the test is over."""
    plan = done(submit(str(script(tmp_path / "blocker", "# qq work-dir input_dir\nexec sleep 600")), submitter))
    assert plan.submission.job.job_id == BLOCKER
    return replace(submitter, choices=replace(submitter.choices, depend=WAITS_FOR_IT))


def script(directory: Path, body: str = "true", name: str = "run.sh") -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"{SHEBANG}{body}\n")
    return path


def done(result: Result[Plan, Trouble | object]) -> Plan:
    assert isinstance(result, Success), result
    plan = result.unwrap()
    assert isinstance(plan, Plan)
    return plan


def refused(result: Result[Plan, Trouble | object]) -> str:
    wrong = failed(result)
    assert wrong is not None
    return str(wrong) if isinstance(wrong, Trouble) else "\n".join(str(one) for one in wrong)  # type: ignore[attr-defined]


def on_disk(plan: Plan) -> JobInfo:
    return read_record(plan.request.info_file).unwrap()[0]


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_the_record_stands_with_its_id_when_the_job_is_submitted(
    waiting: Submitter, queue: LocalQueue, tmp_path: Path
) -> None:
    plan = done(submit(str(script(tmp_path / "job")), waiting))
    record = on_disk(plan)
    assert record == plan.submission.job
    assert record.job_id == "2.local"
    assert record.state is RecordState.QUEUED
    assert (record.username, record.input_machine, record.umask) == ("ada", "here", 0o027)
    assert names(tmp_path / "job") == {"run.sh", "run.qqinfo"}
    seen = queue.look([], [record.token])[record.token]
    assert isinstance(seen, Seen)
    assert (seen.job_id, seen.state) == ("2.local", BatchState.HELD)
    assert seen.info_file == plan.request.info_file


def test_a_job_knows_its_record_however_soon_it_starts(submitter: Submitter, tmp_path: Path) -> None:
    plans = [done(submit(str(script(tmp_path / f"job{n}", "# qq work-dir input_dir")), submitter)) for n in range(5)]
    until(lambda: all(on_disk(plan).state is RecordState.FINISHED for plan in plans))
    assert [on_disk(plan).job_id for plan in plans] == [plan.submission.job.job_id for plan in plans]
    assert len({plan.submission.job.token for plan in plans}) == 5


def test_a_name_counts_from_the_current_directory_and_links_are_not_followed(
    waiting: Submitter, tmp_path: Path
) -> None:
    script(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    plan = done(submit("./real/../link/run.sh", waiting))
    assert plan.submission.job.input_dir == str(tmp_path / "link")


def test_a_script_that_is_a_link_out_of_its_directory_is_refused_where_it_could_not_be_read(
    waiting: Submitter, tmp_path: Path
) -> None:
    real, job = script(tmp_path / "shared"), tmp_path / "job"
    job.mkdir()
    (job / "run.sh").symlink_to("../shared/run.sh")
    (job / "data").symlink_to("../shared")
    for command in (preview, submit):
        assert "out of the input directory, and nowhere in the working directory" in refused(
            command(str(job / "run.sh"), waiting)
        )
    assert names(job) == {"run.sh", "data"}
    at_home = replace(waiting, choices=Choices(resources=Resources(work_dir="input_dir")))
    assert not done(preview(str(job / "run.sh"), at_home)).warnings
    (job / "run.sh").unlink()
    (job / "run.sh").symlink_to(real)
    (said,) = done(submit(str(job / "run.sh"), waiting)).warnings
    assert "working directory: data;" in said


def test_a_preview_writes_nothing_and_says_what_would_be_submitted(submitter: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job")
    before = path.parent.stat()
    plan = done(preview(str(path), submitter))
    assert plan.submission.job.job_id is None
    assert names(tmp_path / "job") == {"run.sh"}
    assert path.parent.stat().st_mtime_ns == before.st_mtime_ns
    assert not (tmp_path / "home/state/qq").exists()


def test_a_second_submission_is_refused_and_changes_nothing(waiting: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job")
    record = Path(done(submit(str(path), waiting)).request.info_file).read_bytes()
    said = refused(submit(str(path), waiting))
    assert "run.qqinfo is the record of the job 2.local of run.sh, which is" in said
    assert "'qq kill' it" in said
    other = script(tmp_path / "job", name="other.sh")
    assert "run.qqinfo is the record" in refused(submit(str(other), waiting))
    assert names(tmp_path / "job") == {"run.sh", "other.sh", "run.qqinfo"}
    assert (tmp_path / "job/run.qqinfo").read_bytes() == record


def test_of_many_submissions_at_once_one_wins(waiting: Submitter, tmp_path: Path) -> None:
    for number in range(4):
        script(tmp_path / "job", name=f"run{number}.sh")
    results: list[Result[Plan, object]] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(submit(f"job/run{n % 4}.sh", waiting))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [result.unwrap() for result in results if isinstance(result, Success)]
    infos = {name for name in names(tmp_path / "job") if name.endswith(".qqinfo")}
    assert infos == {Path(winner.request.info_file).name}
    assert not {name for name in names(tmp_path / "job") if name.startswith(".qq")}


def test_a_refusal_of_the_batch_system_leaves_nothing(submitter: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job")
    choices = replace(submitter.choices, queue="gpu")
    said = refused(submit(str(path), replace(submitter, choices=choices)))
    assert "there is no queue 'gpu' on this machine" in said
    assert names(tmp_path / "job") == {"run.sh"}


def test_without_an_answer_the_record_stays_and_the_message_says_so(
    submitter: Submitter, qq_home: QQHome, tmp_path: Path
) -> None:
    broken = LocalQueue(str(tmp_path / "broken"), environ=qq_home.env)
    Path(broken.places.directory).mkdir(mode=0o700)
    Path(broken.places.database).mkdir()
    path = script(tmp_path / "job")
    result = submit(str(path), replace(submitter, batches=Batches(opened={"local": Success(broken)})))
    trouble = failed(result)
    assert isinstance(trouble, Trouble)
    assert trouble.reason is Reason.BATCH_NOT_ANSWERING
    assert "may have been submitted all the same: 'qq info' in" in str(trouble)
    record = read_record(str(tmp_path / "job/run.qqinfo")).unwrap()[0]
    assert record.job_id is None
    assert record.state is RecordState.QUEUED


def test_a_batch_system_that_is_not_here_is_said_and_nothing_stays_written(
    submitter: Submitter, tmp_path: Path
) -> None:
    path = script(tmp_path / "job", "# qq queue q")
    choices = Choices(batch_system="PBS")
    said = refused(submit(str(path), replace(submitter, choices=choices)))
    assert "qsub is not installed here; '--batch-system local' submits to this machine's own queue" in said
    assert names(tmp_path / "job") == {"run.sh"}


def test_a_queue_that_is_misspelled_is_told_with_the_one_that_was_meant(submitter: Submitter, tmp_path: Path) -> None:
    said = refused(submit(str(script(tmp_path / "job", "# qq queue defualt")), submitter))
    assert "there is no queue 'defualt' on this machine" in said
    assert said.endswith("; did you mean 'default'?")
    assert "did you mean" not in refused(submit(str(script(tmp_path / "other", "# qq queue gpu")), submitter))


def test_a_directory_that_can_not_be_written_is_named(submitter: Submitter, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    script(tmp_path / "gone")
    found = Path(tmp_path / "gone")
    moved = found.rename(tmp_path / "moved")
    assert "no such file or directory" in refused(submit("gone/run.sh", submitter))
    assert names(moved) == {"run.sh"}


# --- what else can stand in the directory -----------------------------------------------------------------------------


def test_runtime_files_that_are_left_over_are_named_and_kept(submitter: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job")
    (tmp_path / "job/run.out").write_text("precious")
    said = refused(submit(str(path), submitter))
    assert "runtime files of an earlier job are there: run.out; 'qq clear' removes them" in said
    assert (tmp_path / "job/run.out").read_text() == "precious"
    assert names(tmp_path / "job") == {"run.sh", "run.out"}


def test_outputs_of_others_are_nobodys_business(waiting: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job")
    (tmp_path / "job/md.out").touch()
    done(submit(str(path), waiting))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text(""), "it is empty"),
        (lambda path: path.write_text("[1, 2]"), "no mapping"),
        (lambda path: path.write_text("a: [1"), "no valid info file"),
        (lambda path: path.symlink_to("nowhere"), "symbolic link to nowhere"),
        (lambda path: path.mkdir(), "no regular file"),
        (os.mkfifo, "no regular file"),
    ],
)
def test_an_info_file_that_is_none_is_in_the_way(
    make: Callable[[Path], object], words: str, submitter: Submitter, tmp_path: Path
) -> None:
    path = script(tmp_path / "job")
    make(tmp_path / "job/x.qqinfo")
    said = refused(submit(str(path), submitter))
    assert "x.qqinfo is in the way" in said
    assert words in said
    assert names(tmp_path / "job") == {"run.sh", "x.qqinfo"}


# --- loops and continuing ---------------------------------------------------------------------------------------------

LOOP = "# qq job-type loop\n# qq loop-end 5\n# qq work-dir input_dir\n"


def test_a_loop_goes_on_where_its_archive_stands(waiting: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job", LOOP)
    (tmp_path / "job/storage").mkdir()
    (tmp_path / "job/storage/job0003.cpt").touch()
    plan = done(submit(str(path), waiting))
    assert plan.submission.job.job_name == "run+0003.sh"
    assert names(tmp_path / "job") == {"run.sh", "storage", "run+0003.qqinfo"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.symlink_to("."), "is the input directory itself"),
        (lambda path: path.touch(), "is no directory"),
        (lambda path: path.symlink_to("nowhere"), "is no directory"),
    ],
)
def test_an_archive_that_can_be_none_is_refused(
    make: Callable[[Path], object], words: str, submitter: Submitter, tmp_path: Path
) -> None:
    path = script(tmp_path / "job", LOOP)
    make(tmp_path / "job/storage")
    assert words in refused(submit(str(path), submitter))
    assert names(tmp_path / "job") == {"run.sh", "storage"}


def test_an_archive_below_a_file_is_refused(submitter: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job", f"{LOOP}# qq archive run.sh/below\n")
    assert "'run.sh/below' is no directory, and none can be made there" in refused(submit(str(path), submitter))
    assert names(tmp_path / "job") == {"run.sh"}


def test_an_archive_that_is_a_link_to_elsewhere_is_fine(waiting: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job", LOOP)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/job0002.x").touch()
    (tmp_path / "job/storage").symlink_to(tmp_path / "elsewhere")
    plan = done(submit(str(path), waiting))
    assert plan.submission.job.loop is not None
    assert (plan.submission.job.loop.archive, plan.submission.job.loop.current) == ("storage", 2)


def finish(plan: Plan) -> JobInfo:
    """The job of this plan has finished, as far as its record says."""
    change = lambda job: replace(job, state=RecordState.FINISHED, exit_code=0)  # noqa: E731
    return update_record(plan.request.info_file, None, change).unwrap()


def test_a_finished_loop_is_continued_and_its_record_stays(waiting: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job", LOOP)
    first = done(submit(str(path), waiting))
    finish(first)
    (tmp_path / "job/storage").mkdir()
    (tmp_path / "job/storage/job0002.init").touch()
    second = done(submit(str(path), waiting))
    assert second.submission.job.previous == first.submission.job.job_id
    assert names(tmp_path / "job") == {"run.sh", "storage", "run+0001.qqinfo", "run+0002.qqinfo"}


CONTINUOUS = "# qq job-type continuous\n# qq work-dir input_dir\n"


def test_a_finished_continuous_job_is_continued_and_gives_its_place(waiting: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job", CONTINUOUS)
    first = done(submit(str(path), waiting))
    finish(first)
    (tmp_path / "job/run.out").touch()
    second = done(submit(str(path), waiting))
    assert second.submission.job.previous == first.submission.job.job_id
    assert on_disk(second).job_id == second.submission.job.job_id == "3.local"


def test_a_continuation_that_is_refused_gives_the_place_back(waiting: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / "job", CONTINUOUS)
    first = done(submit(str(path), waiting))
    before = finish(first)
    choices = replace(waiting.choices, queue="gpu")
    assert "no queue" in refused(submit(str(path), replace(waiting, choices=choices)))
    assert on_disk(first) == before


# --- hostile names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a b.sh", 'it\'s "q" $x;y.sh', "new\nline.sh", "-x.sh", "é.sh", to_text(b"\xff\xfe.sh"), "x" * 230]
)
def test_scripts_and_directories_may_be_called_anything(name: str, submitter: Submitter, tmp_path: Path) -> None:
    path = script(tmp_path / NASTY_NAME, "# qq work-dir input_dir\necho done", name)
    plan = done(submit(str(path), submitter))
    until(lambda: on_disk(plan).state.ended)
    record = on_disk(plan)
    assert record.state is RecordState.FINISHED
    assert record.script_name == name
    assert Path(record.input_dir, record.stdout_file).read_text() == "done\n"


# --- the next cycle ---------------------------------------------------------------------------------------------------


def test_the_next_job_is_submitted_from_its_record_and_waits_for_the_end_of_the_one_before(
    waiting: Submitter, queue: LocalQueue, qq_home: QQHome, tmp_path: Path
) -> None:
    plan = done(submit(str(script(tmp_path / "job", CONTINUOUS)), waiting))
    job = replace(plan.submission.job, job_id=None, token="of the next", depend=pvector())
    job_id = resubmit(job, plan.submission.job.job_id, qq_home.env, shared=False).unwrap()
    assert queue.find("of the next") == Success(job_id)
    seen = queue.look([job_id])[job_id]
    assert isinstance(seen, Seen)
    assert seen.state is BatchState.HELD


def test_a_next_job_that_can_not_be_submitted_is_a_trouble(waiting: Submitter, qq_home: QQHome, tmp_path: Path) -> None:
    plan = done(submit(str(script(tmp_path / "job", CONTINUOUS)), waiting))
    assert isinstance(resubmit(replace(plan.submission.job, queue="gpu"), None, qq_home.env, shared=False), Failure)
    assert isinstance(
        resubmit(replace(plan.submission.job, batch_system="PBS"), None, qq_home.env, shared=False), Failure
    )


def test_a_record_that_changed_meanwhile_gets_its_id_all_the_same(waiting: Submitter, tmp_path: Path) -> None:
    """As when the booting job, or `qq kill`, wrote between the submission and its id."""
    from qq.shell.submit import _with_id

    plan = done(submit(str(script(tmp_path / "job")), waiting))
    touched = replace(plan.submission.job, job_id=None, requeue=True)
    path = Path(plan.request.info_file)
    with directory_lock(str(path.parent)) as held:
        write_text(str(path), record_text(touched), held)
    _with_id(replace(plan, submission=replace(plan.submission, job=replace(touched, requeue=False))), "2.local")
    assert on_disk(plan) == replace(touched, job_id="2.local")


def test_job_types_are_what_the_script_says(waiting: Submitter, tmp_path: Path) -> None:
    plan = done(submit(str(script(tmp_path / "job", CONTINUOUS)), waiting))
    assert plan.submission.job.job_type is JobType.CONTINUOUS
