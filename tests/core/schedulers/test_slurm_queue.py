"""What squeue, sacct and scontrol say of jobs: recorded, and the same whoever is asked."""

from datetime import datetime

import pytest

from qq.core.evidence import Seen
from qq.core.records.values import Size
from qq.core.schedulers import slurm_accounting
from qq.core.schedulers.slurm_accounting import no_accounting, parse_sacct, sacct_argv
from qq.core.schedulers.slurm_queue import parse_squeue, rows, squeue_argv
from qq.core.schedulers.slurm_show_job import parse_show_job
from qq.core.states import BatchState
from tests.core.schedulers.slurm_recordings import MARK, exchanges, names_of_ids, out_of, text

ASKED = parse_squeue(text("squeue_marked.txt"), MARK)
IN_QUEUE = {seen.name: seen for seen in ASKED}
IN_ACCOUNTS = {seen.job_id: seen for seen in parse_sacct(rows(text("sacct_marked.txt"), MARK, slurm_accounting.FIELDS))}


def by_name(jobs: list[Seen]) -> dict[str, Seen]:
    names = names_of_ids()
    return {names.get(seen.job_id, seen.job_id): seen for seen in jobs}


SHOWN = by_name(parse_show_job(text("scontrol_show_job.txt")))

EXPECTED = {
    "completed": (BatchState.FINISHED, 0),
    "failed": (BatchState.FAILED, 3),
    "sigsegv": (BatchState.FAILED, 139),
    "notfound": (BatchState.FAILED, 127),
    "running": (BatchState.RUNNING, None),
    "dep_never": (BatchState.HELD, None),
    "pending_dep": (BatchState.HELD, None),
    "pending_begin": (BatchState.WAITING, None),
    "pending_held": (BatchState.HELD, None),
    "cancelled_pending": (BatchState.FAILED, None),
    "oom": (BatchState.FAILED, 137),
    "requeuehold": (BatchState.HELD, None),
    "pending_resources": (BatchState.QUEUED, None),
    "timeout": (BatchState.FAILED, 143),
    "cancelled": (BatchState.FAILED, 143),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_squeue_and_scontrol_say_the_same_of_each_kind_of_end(name: str) -> None:
    for seen in (IN_QUEUE[name], SHOWN[name]):
        assert (seen.state, seen.exit_code) == EXPECTED[name], seen


def test_all_recorded_jobs_are_read() -> None:
    assert set(names_of_ids().values()) - {"array", "array_run"} <= set(SHOWN)
    assert {"549_0", "549_3", "550_1", "550_[3-4%2]"} <= set(SHOWN)
    assert len(ASKED) == 25
    assert len(IN_ACCOUNTS) == 24
    assert BatchState.UNKNOWN not in {seen.state for seen in (*ASKED, *IN_ACCOUNTS.values())}


def test_what_is_known_of_a_running_job() -> None:
    seen = IN_QUEUE["running"]
    assert (seen.queue, seen.user, seen.nnodes, seen.ncpus, seen.mem) == ("cpu", "qqtest", 1, 2, Size(204800))
    assert seen.walltime == 300
    assert list(seen.nodes) == ["node1"]
    assert seen.started is not None
    assert (seen.ended, seen.estimated_start, seen.comment, seen.token) == (None, None, "", None)
    assert seen.input_dir == "/home/qqtest/cap"


def test_names_of_other_people_stay_in_their_field() -> None:
    seen = IN_QUEUE["two\nlines \"q\" 's' |x"]
    assert (seen.state, seen.ncpus, list(seen.nodes)) == (BatchState.RUNNING, 4, ["node1", "node2"])


def test_token_and_record_come_from_the_comment() -> None:
    assert (IN_QUEUE["completed"].token, IN_QUEUE["completed"].info_file) == (
        "11bb",
        "/home/qqtest/a b/completed.qqinfo",
    )
    assert IN_ACCOUNTS[IN_QUEUE["timeout"].job_id].token == "00aa"


def test_completing_is_not_over() -> None:
    assert IN_QUEUE["completing"].state is BatchState.EXITING
    (seen,) = parse_show_job(out_of("completing.txt", "scontrol show job 547 -o"))
    assert (seen.state, seen.ended, seen.exit_code) == (BatchState.EXITING, None, None)


def test_a_prediction_is_no_start() -> None:
    for seen in (SHOWN["pending_resources"], SHOWN["pending_begin"], IN_QUEUE["pending_begin"]):
        assert seen.started is None
        assert seen.estimated_start is not None
        assert not seen.nodes
    assert SHOWN["pending_held"].estimated_start is None


def test_what_never_started_has_no_start_whatever_slurm_shows() -> None:
    for seen in (SHOWN["cancelled_pending"], SHOWN["dep_never_kill"], IN_QUEUE["cancelled_pending"]):
        assert (seen.started, seen.exit_code) == (None, None)
        assert seen.ended is not None


def test_a_job_whose_output_could_not_be_opened_never_ran() -> None:
    assert IN_QUEUE["outfail"].exit_code is SHOWN["outfail_dir"].exit_code is SHOWN["unwritable_cwd"].exit_code is None
    assert "can't be opened on the node" in IN_QUEUE["outfail"].comment


def test_requeued_jobs_wait_again() -> None:
    assert SHOWN["requeued"].state is SHOWN["requeue_done"].state is BatchState.WAITING
    assert SHOWN["requeuehold"].state is BatchState.HELD


def test_arrays_of_other_people() -> None:
    assert SHOWN["550_[3-4%2]"].state is BatchState.QUEUED
    assert SHOWN["549_1"].state is BatchState.FINISHED
    assert "26_[4-5%2]" in {seen.job_id for seen in ASKED}


def test_nodes_that_were_lost() -> None:
    lost, again = parse_show_job(text("failure-scenarios.txt"))
    assert (lost.state, lost.comment) == (BatchState.FAILED, "a node failed (NodeDown)")
    assert (again.state, again.started) == (BatchState.WAITING, None)


def test_job_details_and_unknown_jobs() -> None:
    recorded = exchanges("scontrol_show_job_multiline.txt")
    (detailed,) = [parse_show_job(each.out) for each in recorded if each.command == "scontrol show job -d 548 -o"]
    assert (detailed[0].job_id, list(detailed[0].nodes)) == ("548", ["node1", "node2", "node3"])
    assert all(parse_show_job(each.out) == [] for each in recorded if "999999" in each.command)


def test_slurm_under_its_default_configuration_takes_jobs_that_never_start() -> None:
    table = [line.split() for line in text("lenient-config-sbatch.txt").splitlines() if line[:1].isdigit()]
    mark = "|m|"
    said = "\n".join(mark.join([*row[:3], ""]) for row in table)
    seen = parse_squeue(said, mark, ("jobarrayid", "state", "reason"))
    waits = {each.job_id: each.comment for each in seen if each.state is BatchState.QUEUED}
    assert set(waits) == {"1", "2", "3"}
    assert all("it will never start" in words for words in waits.values())


# --- accounting -------------------------------------------------------------------------------------------------------


def selected() -> dict[str, Seen]:
    """sacct with a separator of its own: names without one in them."""
    (said,) = [each for each in exchanges("sacct_selected_P.txt") if "DerivedExitCode" in each.command]
    header, *lines = [line for line in said.out.splitlines() if line.count("|") >= 19]
    fields = header.split("|")
    table = [dict(zip(fields, line.split("|"), strict=False)) for line in lines]
    return by_name(parse_sacct(table))


@pytest.mark.parametrize("name", ["completed", "failed", "sigsegv", "notfound", "running", "pending_held", "oom"])
def test_accounting_says_what_the_controller_said(name: str) -> None:
    seen = selected()[name]
    if name == "pending_held":  # it was cancelled between the two recordings
        assert (seen.state, seen.started, seen.exit_code) == (BatchState.FAILED, None, None)
    else:
        assert (seen.state, seen.exit_code) == EXPECTED[name]


def test_accounting_has_no_code_for_the_walltime_and_words_for_times() -> None:
    jobs = selected()
    assert (jobs["timeout"].exit_code, jobs["timeout"].comment) == (None, "the walltime was reached (TIMEOUT)")
    assert jobs["cancelled_pending"].started is None
    assert jobs["pending_dep"].started is jobs["pending_dep"].ended is None
    assert jobs["running"].started == datetime(2026, 11, 22, 15, 32, 58)
    assert list(jobs["multinode"].nodes) == ["node1", "node2", "node3"]
    assert jobs["shlexy"].input_dir == "/home/qqtest/cap"


def test_of_a_requeued_job_the_last_run_counts() -> None:
    (said,) = [each.out for each in exchanges("sacct.txt") if each.command.startswith("sacct -D")]
    header, *lines = said.splitlines()
    table = [dict(zip(header.split("|"), line.split("|"), strict=True)) for line in lines if ".batch" not in line]
    (seen,) = parse_sacct(table)
    assert (seen.job_id, seen.state) == ("555", BatchState.QUEUED)


def test_an_unknown_job_is_no_error_for_sacct() -> None:
    assert out_of("sacct.txt", "sacct -j 999999").count("\n") == 2
    assert no_accounting("sacct: error: Slurm accounting storage is disabled")
    assert not no_accounting("sacct: error: Problem talking to the database: Connection refused")


# --- the questions ----------------------------------------------------------------------------------------------------


def test_the_question_to_the_controller() -> None:
    assert squeue_argv("|m|", ids=["1", "2"], ended=True)[:5] == [
        "squeue",
        "--noheader",
        "--all",
        "--states=all",
        "--jobs=1,2",
    ]
    assert "--user=ada" in squeue_argv("|m|", user="ada", ended=False)
    assert not any(word.startswith(("--user", "--jobs", "--states")) for word in squeue_argv("|m|", ended=False))
    assert squeue_argv("|m|", ended=False)[-1].startswith("--Format=jobarrayid:|m|,state:|m|,")


def test_the_question_to_accounting() -> None:
    assert "--jobs=1,2" in sacct_argv("|m|", ids=["1", "2"])
    mine = set(sacct_argv("|m|", user="ada"))
    assert {"--user=ada", "--starttime=now-7days", "--endtime=now"} <= mine
    assert any(word.startswith("--state=") and "CA," in word for word in mine)
    assert {"--allusers", "--starttime=now-1days"} <= set(sacct_argv("|m|", days=1))


def test_a_row_that_was_cut_off_is_left_out() -> None:
    whole = text("squeue_marked.txt")
    cut = whole[: whole.rindex(MARK, 0, whole.rindex(MARK))]
    assert len(parse_squeue(cut, MARK)) == len(parse_squeue(whole, MARK)) - 1
    assert parse_squeue("", MARK) == []
