"""What PBS's programs say when they fail: refused, or not answered, and about which job."""

import pytest

from qq.core.schedulers.pbs_ids import is_id, same_job, under
from qq.core.schedulers.pbs_words import (
    history_is_off,
    question_failed,
    refused_ends,
    submission_failed,
    unknown_jobs,
)
from qq.core.troubles import Reason
from tests.recorded import recording

REFUSED, SILENT = Reason.BATCH_REFUSED, Reason.BATCH_NOT_ANSWERING


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("qsub_err_unknown_queue", "Unknown queue); 'qstat -Q' lists"),
        ("qsub_err_disabled_queue", "takes no jobs now"),
        ("qsub_err_acl_queue", "not for you"),
        ("qsub_err_unknown_resource", "no such resource"),
        ("qsub_err_walltime_over_queue_max", "what each queue allows"),
        ("qsub_err_queue_limit", "some of your jobs have ended"),
        ("qsub_err_dependency_unknown_server", "ids after --depend"),
        ("qsub_err_bad_mem_value", "Illegal attribute or resource value select.mem"),
        ("qsub_err_hook_reject", "at least 1gb of scratch second line of the message"),
    ],
)
def test_refusals_say_why_and_what_to_do(name: str, words: str) -> None:
    call = recording("pbs", name)
    trouble = submission_failed(call.code, call.err)
    assert (trouble.reason, trouble.transient) == (REFUSED, False)
    assert words in trouble.words


@pytest.mark.parametrize("name", ["qsub_err_server_down", "qsub_err_server_unreachable", "server_down_qsub"])
def test_where_nobody_could_be_reached_nothing_was_taken_and_later_is_worth_a_try(name: str) -> None:
    call = recording("pbs", name)
    trouble = submission_failed(call.code, call.err)
    assert (trouble.reason, trouble.transient) == (REFUSED, True)
    assert "does not answer" in trouble.words


@pytest.mark.parametrize(
    ("code", "said"), [(-9, ""), (200, ""), (140, "qsub: End of File"), (162, "qsub: Communication failure")]
)
def test_a_lost_connection_is_no_answer(code: int, said: str) -> None:
    assert submission_failed(code, said).reason is SILENT


def test_an_expired_ticket_is_named_and_may_be_renewed() -> None:
    trouble = submission_failed(159, "qsub: Kerberos: ticket expired")
    assert (trouble.reason, trouble.transient) == (REFUSED, True)
    assert "kinit" in trouble.words
    assert "kinit" in question_failed("qstat", 1, "GSSAPI error: no credentials cache").words
    (ended,) = refused_ends(1, "qdel: Kerberos ticket expired 1.s", ["1.s"]).values()
    assert ended is not None
    assert (ended.reason, "kinit" in ended.words) == (SILENT, True)


def test_ends_are_told_apart_by_job() -> None:
    call = recording("pbs", "qdel_many_one_unknown")
    made = refused_ends(call.code, call.err, ["343.pbshost", "999998", "344.pbshost"])
    assert [None if trouble is None else trouble.words for trouble in made.values()] == [
        "PBS refused to end 343.pbshost: it has ended",
        "PBS refused to end 999998: PBS does not know it",
        None,
    ]


@pytest.mark.parametrize(
    ("name", "job_id", "reason", "words"),
    [
        ("qdel_node_down", "221.pbshost", REFUSED, "'qq kill --force'"),
        ("qdel_other_user", "109.pbshost", REFUSED, "it is not your job"),
        ("server_down_qdel", "222.pbshost", SILENT, "does not answer"),
    ],
)
def test_ends_that_are_refused(name: str, job_id: str, reason: Reason, words: str) -> None:
    call = recording("pbs", name)
    (trouble,) = refused_ends(call.code, call.err, [job_id]).values()
    assert trouble is not None
    assert trouble.reason is reason
    assert words in trouble.words


def test_a_failure_that_names_no_job_is_everybodys() -> None:
    made = refused_ends(2, "qdel: illegal -W value\nusage: …", ["1", "2"])
    assert {trouble.reason for trouble in made.values() if trouble} == {REFUSED}
    assert {trouble.reason for trouble in refused_ends(-9, "", ["1"]).values() if trouble} == {SILENT}


def test_history_that_is_off_and_jobs_that_nobody_knows() -> None:
    assert history_is_off(recording("pbs", "qstat_history_disabled_finished").err)
    assert not history_is_off(recording("pbs", "qstat_err_unknown_job").err)
    assert unknown_jobs(recording("pbs", "qstat_two_one_unknown").err) == {"999999.pbshost"}


@pytest.mark.parametrize("word", ["17", "17.pbshost", "17[].pbshost", "17[3].a-b.example", "17.s_1"])
def test_ids(word: str) -> None:
    assert is_id(word)


@pytest.mark.parametrize("word", ["workq", "", "-x", "17.", "17 18", "17.-x", "@s", "17\n", "١"])
def test_no_ids(word: str) -> None:
    assert not is_id(word)


def test_a_server_may_be_left_out_or_shortened() -> None:
    assert same_job("17", "17.s.example")
    assert same_job("17.s", "17.s.example")
    assert same_job("17.s.example", "17.s")
    assert not same_job("17.s", "17.sx")
    assert not same_job("17", "18.s")
    assert under("17", {"16.s": 1, "17.s": 2}) == 2
    assert under("17.s", {"17.s": 2}) == 2
    assert under("1", {"17.s": 2}) is None
