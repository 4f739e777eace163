"""Slurm's words for states and reasons: total over its manual and the recordings."""

import re

import pytest

from qq.core.schedulers.slurm_states import REASONS, STATES, batch_state, long_state, reason_word, stuck, words_of
from qq.core.states import BatchState
from qq.core.troubles import Reason
from tests.core.schedulers.slurm_recordings import exchanges, text

MANUAL = {
    "BF": "BOOT_FAIL",
    "CA": "CANCELLED",
    "CD": "COMPLETED",
    "CF": "CONFIGURING",
    "CG": "COMPLETING",
    "DL": "DEADLINE",
    "F": "FAILED",
    "NF": "NODE_FAIL",
    "OOM": "OUT_OF_MEMORY",
    "PD": "PENDING",
    "PR": "PREEMPTED",
    "R": "RUNNING",
    "RD": "RESV_DEL_HOLD",
    "RF": "REQUEUE_FED",
    "RH": "REQUEUE_HOLD",
    "RQ": "REQUEUED",
    "RS": "RESIZING",
    "RV": "REVOKED",
    "SI": "SIGNALING",
    "SE": "SPECIAL_EXIT",
    "SO": "STAGE_OUT",
    "ST": "STOPPED",
    "S": "SUSPENDED",
    "TO": "TIMEOUT",
}
"""JOB STATE CODES of squeue(1) and sacct(1), compact and long."""


@pytest.mark.parametrize(("compact", "word"), MANUAL.items())
def test_every_state_of_the_manual_is_known_in_both_spellings(compact: str, word: str) -> None:
    assert batch_state(word) is batch_state(compact) is not None
    assert long_state(compact) == word


def test_every_state_has_its_own_words_or_needs_none() -> None:
    for word, (_, state, meaning) in STATES.items():
        assert (
            meaning
            or state in (BatchState.FINISHED, BatchState.RUNNING, BatchState.QUEUED)
            or word
            in {
                "FAILED",
                "UPDATE_DB",
            }
        )


def test_states_that_are_recorded_are_known() -> None:
    tables = [each.out for each in exchanges("squeue.txt") if "|%T|" in each.command]
    words = {line.split("|")[5] for line in tables[0].splitlines()}
    words |= set(re.findall(r"JobState=(\S+)", text("failure-scenarios.txt") + text("scontrol_show_job.txt")))
    assert len(words) >= 7
    assert [word for word in words if batch_state(word) is None] == []


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("CANCELLED by 1001", BatchState.FAILED),
        ("CANCELLED+COMPLETING", BatchState.EXITING),
        ("completed", BatchState.FINISHED),
        ("COMPLETING", BatchState.EXITING),
        ("CONFIGURING", BatchState.RUNNING),
        ("SUSPENDED", BatchState.SUSPENDED),
        ("", None),
        ("FROBNICATING", None),
    ],
)
def test_states_as_they_are_written(said: str, state: BatchState | None) -> None:
    assert batch_state(said) is state


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("Resources", BatchState.QUEUED),
        ("Dependency", BatchState.HELD),
        ("DependencyNeverSatisfied", BatchState.HELD),
        ("BeginTime", BatchState.WAITING),
        ("JobHeldUser", BatchState.HELD),
        ("job requeued in held state", BatchState.HELD),
        ("job_requeued_in_held_state", BatchState.HELD),
        ("launch_failed_requeued_held", BatchState.HELD),
        ("ReqNodeNotAvail, UnavailableNodes:node1", BatchState.QUEUED),
        ("(Priority)", BatchState.QUEUED),
        ("SomethingHeldBySomebody", BatchState.HELD),
        ("SomethingNew", BatchState.QUEUED),
    ],
)
def test_why_a_job_waits_tells_how_it_waits(reason: str, state: BatchState) -> None:
    assert batch_state("PENDING", reason) is state


def test_reasons_that_are_recorded_mean_something() -> None:
    (short,) = [each.out for each in exchanges("squeue.txt") if each.command.startswith("squeue --me")]
    recorded = {line.split(maxsplit=2)[2] for line in short.splitlines()}
    recorded |= {line.split()[2] for line in text("lenient-config-sbatch.txt").splitlines() if " normal" in line}
    recorded |= set(re.findall(r" Reason=(\S+) Dependency", text("failure-scenarios.txt")))
    assert len(recorded) > 10
    assert [reason for reason in recorded if reason_word(reason) not in REASONS] == []


def test_words_say_what_is_so_and_keep_slurms_own() -> None:
    assert words_of("PENDING", "Resources", None) == "waits for resources (Resources)"
    assert words_of("TIMEOUT", "TimeLimit", (0, 15)) == "the walltime was reached (TimeLimit)"
    assert words_of("NODE_FAIL", "NodeDown", (0, 0)) == "a node failed (NodeDown)"
    assert words_of("CANCELLED by 1001", "", None) == "cancelled (CANCELLED)"
    assert words_of("RUNNING", "None", (0, 0)) == ""
    assert words_of("PENDING", "SomethingNew", None) == "SomethingNew"
    assert "'FROB', a word that this qq does not know" in words_of("FROB", "x", None)


def test_a_limit_is_told_whatever_it_limits() -> None:
    assert words_of("PENDING", "AssocGrpCpuLimit", None) == "a limit of its account is reached (AssocGrpCpuLimit)"
    assert words_of("PENDING", "MaxMemPerAccount", None) == "a limit of its account is reached (MaxMemPerAccount)"
    words = "a limit of its quality of service is reached (QOSMaxCpuPerUserLimit)"
    assert words_of("PENDING", "QOSMaxCpuPerUserLimit", None) == words


def test_why_a_job_waited_is_not_why_it_was_cancelled() -> None:
    assert words_of("CANCELLED", "Priority", (0, 0)) == "cancelled (CANCELLED)"
    assert words_of("CANCELLED", "DependencyNeverSatisfied", (0, 0)) == "cancelled (DependencyNeverSatisfied)"


def test_what_slurm_will_never_start_by_itself_is_stuck() -> None:
    assert stuck("PENDING", "DependencyNeverSatisfied") is Reason.DEPENDENCY
    assert stuck("PD", "(PartitionTimeLimit)") is Reason.NEVER_STARTS
    assert stuck("PENDING", "Dependency") is None
    assert stuck("CANCELLED", "DependencyNeverSatisfied") is None


def test_how_a_job_failed_is_told_from_its_code() -> None:
    assert words_of("FAILED", "NonZeroExitCode", (3, 0)) == words_of("FAILED", "", (3, 0)) == "", "a code has its place"
    assert words_of("FAILED", "JobLaunchFailure", (0, 11)) == "it died of signal 11 (JobLaunchFailure)"
    assert "more memory" in words_of("FAILED", "JobLaunchFailure", (0, 9))
    assert "can't be opened on the node" in words_of("FAILED", "JobLaunchFailure", (0, 53))
    assert words_of("FAILED", "", None) == "FAILED"
