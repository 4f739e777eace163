"""What qq run says on a node that can't see the input directory comes home at the end, and to nobody else's place."""

import pytest

from qq.core.away_output import away_output, bring_home, is_still_ours, own_name
from qq.core.effects import ClearTemporary, Copy, Location, Place, VerifyCopy
from qq.core.lifecycle.decisions import next_token
from qq.core.replacing import replace
from qq.core.states import JobType
from tests.core.lifecycle import kind

JOB = replace(kind.job(), job_id="17", username="alice")
AT = Location("/tmp/qq-out", None)
RECORD = Location("/home/alice/job/run.qqinfo", "desk")
ENTRIES = kind.listing("run.qqout")


def test_the_file_stands_in_a_directory_of_the_jobs_own() -> None:
    assert away_output(JOB) == "/tmp/qq-alice-17/qqout"
    assert away_output(replace(JOB, job_id=None)) is None
    assert own_name(JOB) == "run.qqout"


def test_it_comes_home_whole_or_not_at_all() -> None:
    clear, copy, verify, place, after = bring_home(JOB, JOB, record_at=RECORD, at=AT, entries=ENTRIES)
    assert isinstance(clear, ClearTemporary) and after == clear
    assert copy == Copy(AT, clear.at, ENTRIES) and verify == VerifyCopy(AT, clear.at, ENTRIES)
    assert isinstance(place, Place)
    assert (place.staging, place.dst) == (clear.at, Location("/home/alice/job", "desk"))
    assert (place.guard.record, place.guard.token, place.guard.attempt) == (RECORD, JOB.token, 1)


@pytest.mark.parametrize(("attempt", "replaced"), [(1, {b"run.qqout"}), (2, set())])
def test_what_an_earlier_attempt_said_is_kept(attempt: int, replaced: set[bytes]) -> None:
    effects = bring_home(JOB, replace(JOB, attempt=attempt), record_at=RECORD, at=AT, entries=ENTRIES)
    (place,) = (effect for effect in effects if isinstance(effect, Place))
    assert place.always == replaced
    assert place.aside == "run.sh-17"


def test_it_comes_only_to_where_the_job_or_its_successor_is() -> None:
    job = replace(JOB, job_type=JobType.CONTINUOUS)
    assert is_still_ours(job, job)
    assert is_still_ours(job, replace(job, token=next_token(job)))
    assert not is_still_ours(job, replace(job, token="another's"))
    assert not is_still_ours(job, None)
