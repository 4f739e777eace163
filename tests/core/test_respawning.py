"""A job that is submitted again: what it takes over, what it forgets, and how that is told beforehand."""

from datetime import datetime

from pyrsistent import pvector

from qq.core.evidence import Absent, NotAnswered, Seen
from qq.core.records.infofile import job_from_tree, tree_from_job
from qq.core.records.job import JobInfo, KilledBy, WhyFailed, WorkDir
from qq.core.records.site import Settings, Site
from qq.core.records.values import Dependency
from qq.core.replacing import replace
from qq.core.respawning import Anew, aside, dependencies, files_of, forgotten, respawn_words, respawned, suitable
from qq.core.result import failed
from qq.core.states import BatchState, RecordState
from tests.core.jobs import a_job, a_loop_job

NOW = datetime(2026, 5, 6, 7, 8, 9, 10)
SITE = Site(name="local", engine="local", batch_system="local")
SETTINGS = Settings(grace=1.0)
KNOWN = Seen(job_id="5.local", state=BatchState.FINISHED)
AFTER = Dependency("afterok", pvector(["5.local", "6.local"]))
FAILED = a_loop_job(
    state=RecordState.FAILED,
    start_time=NOW,
    main_node="node",
    all_nodes=pvector(["node"]),
    work_dir="/scratch/1",
    completion_time=NOW,
    exit_code=3,
    script_exit_code=3,
    failure=WhyFailed(1, "it ended with 3"),
    killed_by=KilledBy("ada", NOW),
    attempt=2,
    previous="0.local",
    requeue=True,
    interpreter="python3 -u",
    account="a1",
    depend=pvector([AFTER]),
    notes=pvector(["a note"]),
)


def anew(job: JobInfo = FAILED) -> JobInfo:
    depend = pvector([Dependency("afterok", pvector(["5.local"]))])
    circumstances = Anew(
        now=NOW,
        token="fresh",
        host="here",
        qq_version="2",
        qq_path="/bin/qq",
        depend=depend,
        site=SITE,
        settings=SETTINGS,
    )
    return respawned(job, circumstances)


def test_a_live_job_is_not_submitted_again_not_even_by_force() -> None:
    queued = Seen(job_id="1.local", state=BatchState.QUEUED)
    assert "qq kill" in str(failed(suitable(a_job(), queued, force=True)))
    assert "running" in str(failed(suitable(FAILED, replace(queued, state=BatchState.RUNNING), force=True)))
    assert "does not answer" in str(failed(suitable(a_job(), NotAnswered("asleep"), force=True)))
    assert failed(suitable(replace(FAILED, killed_by=None), Absent())) is None
    assert failed(suitable(a_job(state=RecordState.FINISHED), Absent(), force=True)) is None


def test_the_new_job_has_every_option_and_the_cycle_of_the_old_one() -> None:
    new = anew()
    same = ("job_name", "loop", "resources", "interpreter", "account", "requeue", "previous", "transfer_mode", "queue")
    assert all(getattr(new, name) == getattr(FAILED, name) for name in same)
    assert (new.token, new.attempt, new.state, new.job_id) == ("fresh", 1, RecordState.QUEUED, None)
    assert (new.qq_version, new.qq_path, new.input_machine) == ("2", "/bin/qq", "here")
    assert new.settings == FAILED.settings


def test_nothing_of_the_old_jobs_life_is_in_it() -> None:
    new = anew()
    lived = ("start_time", "main_node", "work_dir", "completion_time", "exit_code", "script_exit_code", "failure")
    assert not any(getattr(new, name) is not None for name in (*lived, "killed_by", "delivered", "resubmitted_as"))
    assert not new.notes and not new.all_nodes
    assert job_from_tree(tree_from_job(new)).unwrap() == new


def test_it_remembers_the_old_working_directories_and_the_tokens_of_their_marks() -> None:
    job = replace(FAILED, earlier_work_dirs=pvector([WorkDir("n", "/scratch/0"), WorkDir("n", "/scratch/00", "t9")]))
    stand = [("/scratch/0", "t0"), ("/scratch/00", "t9"), ("/scratch/1", "t0")]
    assert [(one.path, one.token) for one in anew(job).earlier_work_dirs] == stand


def test_a_record_of_the_older_wrapper_gets_site_and_settings() -> None:
    new = anew(replace(FAILED, settings=None))
    assert (new.site, new.settings) == (SITE, SETTINGS)


def test_only_dependencies_that_the_batch_system_knows_are_kept() -> None:
    other = Dependency("after", pvector(["9.local"]))
    job = a_job(depend=pvector([AFTER, other]))
    kept = dependencies(job, {"5.local": KNOWN, "6.local": Absent(), "9.local": Absent()}).unwrap()
    assert list(kept) == [Dependency("afterok", pvector(["5.local"]))]
    assert list(forgotten(job, kept)) == ["6.local", "9.local"]


def test_what_depends_on_a_job_that_ended_otherwise_is_not_submitted() -> None:
    job = a_job(depend=pvector([Dependency("afterok", pvector(["5.local"]))]))
    made = dependencies(job, {"5.local": replace(KNOWN, state=BatchState.FAILED, exit_code=3)})
    words = "depends on 5.local (afterok), which has ended otherwise, so it would never start: qq clear, then qq submit"
    assert str(failed(made)).startswith(words)


def test_without_an_answer_about_them_nothing_is_submitted() -> None:
    job = a_job(depend=pvector([AFTER]))
    assert "asleep" in str(failed(dependencies(job, {"5.local": KNOWN, "6.local": NotAnswered("asleep")})))
    assert "not asked" in str(failed(dependencies(job, {"5.local": KNOWN})))
    assert list(dependencies(a_job(), {}).unwrap()) == []


def test_the_files_that_wait_aside_are_the_jobs_own_but_for_the_record() -> None:
    names = ["run.out", "run.qqinfo", "run.sh", "other.out", ".run.sh.qqmark", "run.qqout"]
    assert list(files_of(a_job(), names)) == [".run.sh.qqmark", "run.out", "run.qqout"]
    assert aside(a_job()) == "/home/ada/job/.qq-t0-old"


def test_the_plan_in_words() -> None:
    words = list(respawn_words(FAILED, anew(), ["run+0001.out"], ["node:/scratch/1: 2 files, 9 B"]))
    assert words == [
        "submit run.sh again with the same options, cycle 1 of 3, afterok 5.local",
        "without the dependency on 6.local, which is forgotten",
        "then delete run+0001.qqinfo, run+0001.out of the old job",
        "then delete node:/scratch/1: 2 files, 9 B",
    ]
    assert list(respawn_words(a_job(), a_job(), [], []))[0] == "submit run.sh again with the same options"
