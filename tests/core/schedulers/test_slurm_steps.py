"""The steps of jobs, as a real cluster's accounting told them."""

from datetime import datetime

from qq.core.evidence import JobStep
from qq.core.schedulers.slurm_queue import rows
from qq.core.schedulers.slurm_steps import FIELDS, parse_steps, steps_argv
from qq.core.states import BatchState
from tests.core.schedulers.slurm_recordings import MARK, text

FOUND = parse_steps(rows(text("steps_marked.txt"), MARK, FIELDS))


def test_the_question_is_about_whole_jobs_and_one_for_all() -> None:
    argv = steps_argv(MARK, ["1", "5_2"])
    assert "--jobs=1,5_2" in argv and "--allocations" not in argv


def test_each_job_has_the_batch_script_and_what_it_started() -> None:
    told = {job_id: [(step.step_id, step.name) for step in steps] for job_id, steps in FOUND.items()}
    assert told == {
        "1": [("batch", "batch"), ("0", "hostname"), ("1", "second"), ("2", "false"), ("3", "a b  c")],
        "2": [("batch", "batch"), ("0", "sleep")],
        "3": [("batch", "batch"), ("0", "sleep")],
        "4": [("batch", "batch")],
        "5_1": [("batch", "batch")],
        "5_2": [("batch", "batch")],
    }, "a job that waits has none"


def test_how_each_went() -> None:
    second = datetime(2026, 11, 26, 16, 7, 12)
    assert FOUND["1"][1] == JobStep(
        step_id="0", name="hostname", state=BatchState.FINISHED, started=second, ended=second, exit_code=0
    )
    assert (FOUND["1"][3].state, FOUND["1"][3].exit_code, FOUND["1"][3].comment) == (
        BatchState.FAILED, 1, "",
    )  # fmt: skip
    running = FOUND["2"][1]
    assert (running.state, running.started, running.ended, running.exit_code) == (
        BatchState.RUNNING, second, None, None,
    )  # fmt: skip
    cancelled = FOUND["3"][1]
    assert (cancelled.state, cancelled.exit_code, cancelled.comment) == (
        BatchState.FAILED, 143, "cancelled (CANCELLED)",
    )  # fmt: skip


def test_a_word_that_nobody_knows_is_kept() -> None:
    (step,) = parse_steps([dict(zip(FIELDS, ["7.0", "md", "TRIPPING", "Unknown", "", "?"], strict=True))])["7"]
    assert (step.state, step.exit_code, step.started) == (BatchState.UNKNOWN, None, None)
    assert "TRIPPING" in step.comment
