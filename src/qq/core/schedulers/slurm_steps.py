"""The steps of jobs, as accounting tells them: the batch script, and whatever it started with ``srun``."""

from collections.abc import Mapping, Sequence

from qq.core.evidence import JobStep
from qq.core.schedulers.slurm_states import batch_state, words_of
from qq.core.schedulers.slurm_values import code_and_signal, exit_code_of, time_of
from qq.core.states import BatchState

FIELDS = ("JobID", "JobName", "State", "Start", "End", "ExitCode")


def steps_argv(mark: str, ids: Sequence[str]) -> list[str]:
    """The question: about all steps of these jobs."""
    return [
        "sacct",
        "--noheader",
        "--parsable",
        f"--jobs={','.join(ids)}",
        f"--delimiter={mark}",
        f"--format={','.join(FIELDS)}",
    ]


def parse_steps(rows: Sequence[dict[str, str]]) -> Mapping[str, Sequence[JobStep]]:
    """Job id → its steps, in their order, of an answer that was taken apart (``slurm_queue.rows``)."""
    found: dict[str, list[JobStep]] = {}
    for row in rows:
        job_id, dot, step = row["JobID"].partition(".")
        if dot:
            found.setdefault(job_id, []).append(_step(step, row))
    return found


def _step(step: str, row: dict[str, str]) -> JobStep:
    code = code_and_signal(row["ExitCode"])
    state = batch_state(row["State"]) or BatchState.UNKNOWN
    ended_well = state is BatchState.FINISHED
    return JobStep(
        step_id=step,
        name=row["JobName"],
        state=state,
        started=time_of(row["Start"]),
        ended=time_of(row["End"]),
        exit_code=exit_code_of(code, ended_well=ended_well) if state.over else None,
        comment=words_of(row["State"], "", code),
    )
