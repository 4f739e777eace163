"""Which working directories may be deleted, and how certain it must be whose they are."""

import hashlib
from datetime import datetime
from typing import Any

import pytest
from pyrsistent import pvector

from qq.core.effects import Consented, List, Location, Names, ReadMark
from qq.core.evidence import Absent, Evidence, Seen
from qq.core.listing import Entry, Listing
from qq.core.moments import Mark
from qq.core.records.job import JobInfo, WorkDir
from qq.core.records.values import Modes
from qq.core.replacing import replace
from qq.core.result import failed, value_or_none
from qq.core.states import BatchState, RecordState
from qq.core.wiping import Wipe, directories, judge, kept, look, remaining, suitable
from tests.core.jobs import a_job

NOW = datetime(2026, 1, 2, 3, 4, 5)
OWN = WorkDir("node", "/scratch/1")
EARLIER = WorkDir("old", "/scratch/0")
FAILED = a_job(state=RecordState.FAILED, work_dir=OWN.path, main_node=OWN.host)


def a_mark(token: str = "t0", job_id: str = "1.local") -> Mark:
    return Mark(token, 1, job_id, None, None, None, None, Listing(), proved=False)


def entry(path: str, kind: bytes = b"f", *, size: int = 1, mtime: int = 0) -> Entry:
    return Entry(path.encode(), kind, size, 1, mtime, 0)


TREE = Listing.of([entry("1", b"d", size=0), entry("1/a", mtime=5), entry("1/d", b"d", size=0), entry("1/d/b", size=9)])


def judged(job: JobInfo, mark: Mark | None, seen: Listing = TREE, of: WorkDir = OWN, **more: Any) -> Wipe | str | None:
    result = judge(job, of, None, mark, seen, **more)
    return failed(result) or value_or_none(result)


# --- suitable ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "evidence", "words"),
    [
        (FAILED, Absent(), None),
        (a_job(**{"state": RecordState.KILLED, "earlier_work_dirs": pvector([EARLIER])}), Absent(), None),
        (a_job(state=RecordState.FAILED), Absent(), "no working directory"),
        (a_job(state=RecordState.FAILED, work_dir="/home/ada/job", main_node="n"), Absent(), "input directory"),
        (FAILED, Seen(job_id="1.local", state=BatchState.EXITING), "still running, suspended or exiting"),
    ],
)
def test_jobs_that_are_over_and_had_a_directory_are_suitable(
    job: JobInfo, evidence: Evidence, words: str | None
) -> None:
    why = failed(suitable(job, evidence))
    assert why is None if words is None else words in str(why)


def test_what_a_finished_job_left_goes_if_its_results_are_at_home_else_by_force() -> None:
    finished = a_job(state=RecordState.FINISHED, work_dir=OWN.path, main_node=OWN.host)
    stays = a_job(state=RecordState.FINISHED, work_dir=OWN.path, main_node=OWN.host, transfer_mode=Modes(("never",)))
    delivered = a_job(state=RecordState.FINISHED, work_dir=OWN.path, main_node=OWN.host, delivered=NOW)
    delivered = replace(delivered, included=pvector(["/data/ff"]))
    assert all(failed(suitable(job, Absent())) is None for job in (finished, stays, delivered))
    assert all("qq sync" in str(judged(job, a_mark())) for job in (finished, stays))
    seen = Listing.of([entry("1", b"d"), entry("1/a")])
    assert isinstance(judge(stays, OWN, None, a_mark(), seen, force=True).unwrap(), Wipe)
    assert "nothing proves" in str(judged(delivered, a_mark()))
    wipe = judged(delivered, replace(a_mark(), proved=True))
    assert isinstance(wipe, Wipe)
    assert (wipe.effect.consented, wipe.effect.unproved) == (None, (b"ff",))
    wipe = judged(delivered, a_mark(), force=True)
    assert isinstance(wipe, Wipe)
    assert wipe.effect.consented is not None
    earlier = replace(stays, earlier_work_dirs=pvector([EARLIER]))
    assert "qq sync" not in str(judge(earlier, EARLIER, None, a_mark(), seen))


def test_what_could_not_stand_at_home_goes_only_by_force() -> None:
    partly = a_job(state=RecordState.FINISHED, work_dir=OWN.path, main_node=OWN.host, script_exit_code=0)
    assert "qq go 1.local" in str(judged(partly, a_mark()))
    assert isinstance(judged(partly, a_mark(), force=True), Wipe)


def test_a_directory_that_was_kept_names_what_it_was_kept_for() -> None:
    assert kept(OWN, [b"a"]) == "/scratch/1 stays: a (not at home as it stands there; --force deletes it)"
    assert "0, 1, 2, 3, 4, 2 more (" in kept(OWN, [b"%d" % n for n in range(7)])


def test_nothing_is_said_of_results_that_are_gone() -> None:
    done = a_job(state=RecordState.FINISHED, work_dir=OWN.path, main_node=OWN.host)
    assert judged(done, None, Listing()) is None


def test_a_finished_job_that_ran_at_home_may_have_earlier_directories() -> None:
    job = a_job(
        state=RecordState.FINISHED, work_dir="/home/ada/job", main_node="n", earlier_work_dirs=pvector([EARLIER])
    )
    assert failed(suitable(job, Absent())) is None


# --- directories ------------------------------------------------------------------------------------------------------


def test_the_input_directory_and_what_contains_it_are_never_among_them() -> None:
    above = pvector([WorkDir("n", "/home/ada"), WorkDir("n", "/home/ada/job"), WorkDir("n", "/"), EARLIER])
    assert list(directories(a_job(work_dir="/home/ada/job", main_node="n", earlier_work_dirs=above))) == [EARLIER]


def test_a_directory_that_stands_twice_in_the_record_is_one() -> None:
    job = a_job(work_dir=OWN.path, main_node=OWN.host, earlier_work_dirs=pvector([EARLIER, OWN]))
    assert list(directories(job)) == [EARLIER, OWN]
    assert list(directories(a_job(work_dir=OWN.path))) == []


def test_the_record_forgets_what_is_gone() -> None:
    job = a_job(earlier_work_dirs=pvector([EARLIER, WorkDir(OWN.host, OWN.path, "t9")]))
    assert list(remaining(job, [OWN]).earlier_work_dirs) == [EARLIER]


def test_what_has_to_be_seen() -> None:
    place = List(Location("/scratch", "node"), only=Names((b"1",)))
    assert list(look(FAILED, OWN, "node")) == [ReadMark(Location("/scratch/1.qqmark", "node"), "/scratch/1"), place]
    top = List(Location("/"), only=Names((b"top",)))
    assert list(look(FAILED, WorkDir("node", "/top/"), None)) == [ReadMark(Location("/top.qqmark"), "/top/"), top]


# --- judge ------------------------------------------------------------------------------------------------------------


def test_a_directory_with_the_jobs_mark_goes_and_is_described() -> None:
    wipe = judged(FAILED, a_mark())
    assert isinstance(wipe, Wipe)
    assert (wipe.stands.files, wipe.stands.size) == (2, 10)
    assert [one.path for one in wipe.stands.newest] == [b"a", b"d/b"]
    assert wipe.effect.token == "t0"
    assert wipe.effect.consented == Consented(("/home/ada/job",))


@pytest.mark.parametrize(("kind", "words"), [(b"l", "is a link"), (b"f", "is no directory")])
def test_what_stands_there_instead_of_a_directory_stays(kind: bytes, words: str) -> None:
    assert words in str(judged(FAILED, a_mark(), Listing.of([entry("1", kind)])))


def test_nothing_and_no_mark_is_gone_but_a_mark_alone_goes() -> None:
    assert judged(FAILED, None, Listing()) is None
    wipe = judged(FAILED, a_mark(), Listing())
    assert isinstance(wipe, Wipe)
    assert wipe.stands.files == 0


def test_without_its_mark_a_directory_stays() -> None:
    assert "does not carry the mark" in str(judged(FAILED, None, template=["/scratch/1"]))
    assert "mark of another job" in str(judged(FAILED, a_mark("t1")))


def test_a_directory_of_the_older_wrapper_goes_if_the_site_would_put_it_there() -> None:
    old = a_job(state=RecordState.FAILED, work_dir=OWN.path, main_node=OWN.host, settings=None)
    wipe = judged(old, None, template=["/scratch/1"])
    assert isinstance(wipe, Wipe)
    assert wipe.effect.consented == Consented(("/home/ada/job",), marked=False)
    assert "does not carry" in str(judged(old, None, template=["/scratch/2"]))


def test_directories_of_the_jobs_before_it_in_the_chain_are_its_own() -> None:
    noted = judged(FAILED, a_mark("t9"), of=WorkDir(OWN.host, OWN.path, "t9"))
    assert isinstance(noted, Wipe)
    assert noted.effect.token == "t9"
    token = hashlib.sha256(b"t8\n7.local").hexdigest()[:32]
    job = a_job(state=RecordState.FAILED, work_dir=OWN.path, main_node=OWN.host, token=token)
    followed = judged(job, a_mark("t8", "7.local"))
    assert isinstance(followed, Wipe)
    assert followed.effect.token == "t8"
