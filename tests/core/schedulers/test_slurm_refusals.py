"""What Slurm's programs say when they fail, and what to do about it."""

import pytest

from qq.core.result import Failure, Success
from qq.core.schedulers.slurm_refusals import (
    UNKNOWN_JOB,
    failure_of,
    nothing_sent,
    refusal_of_end,
    refused_ends,
    verdict,
)
from qq.core.troubles import Reason
from tests.core.schedulers.slurm_recordings import Exchange, exchanges, text

REFUSED = [each for each in exchanges("sbatch.txt") if each.code]
TESTED = [each for each in exchanges("sbatch_test_only.txt") if "--test-only" in each.command]
HINTED = {
    "-p nosuch": "choose one with --queue",
    "--mem=1T": "no node of this queue has so much",
    "-c 64": "no node of this queue has so much",
    "-N 10": "no node of this queue has so much",
    "-t 30-00": "ask for less walltime",
    "-C nosuch": "which properties the nodes have",
    "--gres=gpu:1": "no node of this queue has so much",
    "-A nosuch": "name your project with --account",
    "-q nosuch": "quality of service",
    "afterok:abc": "check the ids",
}


@pytest.mark.parametrize("exchange", REFUSED, ids=lambda each: each.command)
def test_every_recorded_refusal_is_one_line_in_slurms_words(exchange: Exchange) -> None:
    trouble = failure_of("sbatch", exchange.code, exchange.err)
    assert trouble.reason is Reason.BATCH_REFUSED
    assert not trouble.transient
    assert "\n" not in trouble.words
    assert "sbatch: error:" not in trouble.words
    for part, hint in HINTED.items():
        assert part not in exchange.command or hint in trouble.words


@pytest.mark.parametrize(
    "said",
    [
        "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
        "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
        "slurm_load_jobs error: Zero Bytes were transmitted or received",
        "sacct: error: Problem talking to the database: Connection refused",
        "sbatch: error: Batch job submission failed: Protocol authentication error",
        "sbatch: error: If munged is up, restart with --num-threads=10\nsbatch: error: Munge encode failed: x",
    ],
)
def test_no_answer_is_no_refusal(said: str) -> None:
    trouble = failure_of("sbatch", 1, said)
    assert trouble.reason is Reason.BATCH_NOT_ANSWERING
    assert trouble.transient


def unanswered(exchange: Exchange) -> bool:
    return "contact" in exchange.err or "timed out" in exchange.err


def no_place(exchange: Exchange) -> bool:
    return "configuration is not available" in exchange.err


@pytest.mark.parametrize("exchange", [each for each in TESTED if not each.code], ids=lambda each: each.command)
def test_where_slurm_would_take_a_job_its_guess_of_the_start_is_not_told(exchange: Exchange) -> None:
    assert "to start at" in exchange.err and exchange.out == ""
    assert verdict(exchange.code, exchange.err) == Success("")


@pytest.mark.parametrize(
    "exchange",
    [each for each in TESTED if each.code and not unanswered(each) and not no_place(each)],
    ids=lambda each: each.command,
)
def test_what_slurm_would_refuse_is_told_as_if_it_had(exchange: Exchange) -> None:
    no = verdict(exchange.code, exchange.err)
    assert isinstance(no, Failure)
    assert no.failure().words == failure_of("sbatch", exchange.code, exchange.err).words.replace(
        "Slurm refused (", "Slurm would refuse it ("
    )
    assert no.failure().reason is Reason.BATCH_REFUSED
    for part, hint in HINTED.items():
        assert part not in exchange.command or hint in no.failure().words


def test_a_controller_that_is_silent_would_not_refuse() -> None:
    silent = [verdict(each.code, each.err) for each in TESTED if unanswered(each)]
    assert [no.failure().reason for no in silent if isinstance(no, Failure)] == [Reason.BATCH_NOT_ANSWERING] * 2


def test_that_no_node_fits_now_is_a_warning_for_slurm_takes_a_job_that_drained_nodes_fit() -> None:
    too_large, drained = [each for each in TESTED if no_place(each)]
    assert "--mem=1T" in too_large.command
    assert too_large.err == drained.err
    warning = verdict(drained.code, drained.err).unwrap()
    assert "it would wait for one, or be refused" in warning and "\n" not in warning
    recorded = exchanges("sbatch_test_only.txt")
    really, then = recorded[recorded.index(drained) + 1 :][:2]
    assert (really.command, really.code) == (drained.command.replace(" --test-only", ""), 0)
    assert then.out.startswith("PENDING|")


def test_a_controller_that_is_down_got_nothing() -> None:
    lines = [line for line in text("failure-scenarios.txt").splitlines() if "connect failure" in line]
    assert len(lines) == 5
    assert all(map(nothing_sent, lines))
    assert not nothing_sent("Socket timed out on send/recv operation")


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job violates "
         "accounting/QOS policy (job submit limit, user's size and/or time limits)", "a limit of your account is"),
        ("sbatch: error: spank-auks: unable to unpack auks cred from reply : krb5 cred : cc : no ticket", "kinit"),
        ("sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified",
         "--account"),
        ("sbatch: error: Protocol authentication error", "munge"),
        ("sbatch: error: Unable to open file: Disk quota exceeded", "make room"),
        ("sbatch: error: Batch job submission failed: Pathname of a file, directory or other parameter too long",
         "too long for Slurm"),
    ],
)  # fmt: skip
def test_what_to_do_is_said(said: str, hint: str) -> None:
    assert hint in failure_of("sbatch", 1, said).words


def test_a_program_that_says_nothing_is_quoted_by_its_code() -> None:
    assert failure_of("sbatch", 7, " \n").words == "Slurm refused (sbatch: it ended with code 7 and said nothing)"


def test_which_jobs_scancel_could_not_end() -> None:
    (said,) = [each.err for each in exchanges("scancel.txt") if each.command == "scancel -v 526"]
    assert refused_ends(said) == {"526": "Job/step already completing or completed"}
    assert refused_ends("scancel: Terminating job 538") == {}


def test_how_an_unknown_job_is_told() -> None:
    recorded = [each for each in exchanges("squeue.txt") if each.command == "squeue -j 999999"]
    recorded += [each for each in exchanges("scontrol_show_job_multiline.txt") if "999999" in each.command]
    assert len(recorded) == 3
    assert all(each.code == 1 and UNKNOWN_JOB.search(each.err + each.out) for each in recorded)


def test_why_a_job_was_not_ended() -> None:
    refused = refusal_of_end("17", "Access/permission denied")
    assert (refused.reason, refused.words) == (
        Reason.BATCH_REFUSED,
        "Slurm refused to end 17: Access/permission denied",
    )
    down = refusal_of_end("17", "Unable to contact slurm controller (connect failure)")
    assert down.reason is Reason.BATCH_NOT_ANSWERING
