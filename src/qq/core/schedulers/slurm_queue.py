"""What the controller says of jobs: the question to ``squeue``, and its answer as ``Seen``.

Names and comments are other people's and may hold anything, newlines included: fields are told apart by a mark that
is made anew for every question, so nobody can write it into a job's name.
"""

from collections.abc import Sequence

from pyrsistent import pvector

from qq.core.evidence import Seen
from qq.core.schedulers.slurm_comment import read_comment
from qq.core.schedulers.slurm_nodes import node_names
from qq.core.schedulers.slurm_states import batch_state, stuck, words_of
from qq.core.schedulers.slurm_values import (
    code_and_signal_of_status,
    count_of,
    exit_code_of,
    gpus_of,
    resources_of,
    seconds_of,
    size_of,
    time_of,
)
from qq.core.states import BatchState

FIELDS = (
    "jobarrayid",
    "state",
    "reason",
    "submittime",
    "starttime",
    "endtime",
    "timelimit",
    "numnodes",
    "numcpus",
    "tres-alloc",
    "nodelist",
    "username",
    "partition",
    "exit_code",
    "name",
    "workdir",
    "comment",
)


def squeue_argv(mark: str, *, ids: Sequence[str] = (), user: str | None = None, ended: bool) -> list[str]:
    """The question: about these ids, else about a user's jobs, else about all; ``ended``: also those that are over."""
    fields = ",".join(f"{name}:{mark}" for name in FIELDS)
    return [
        "squeue",
        "--noheader",
        "--all",
        *(["--states=all"] if ended else []),
        *([f"--jobs={','.join(ids)}"] if ids else [f"--user={user}"] if user else []),
        f"--Format={fields}",
    ]


def parse_squeue(text: str, mark: str, fields: Sequence[str] = FIELDS) -> list[Seen]:
    """All jobs of an answer. What is no whole row is left out."""
    return [seen_of(row, code_and_signal_of_status(row.get("exit_code", ""))) for row in rows(text, mark, fields)]


def rows(text: str, mark: str, fields: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table in which every field, the last one too, is followed by the mark; by the fields' names."""
    pieces = text.split(mark)[:-1]
    width = len(fields)
    whole = [pieces[start : start + width] for start in range(0, len(pieces) - width + 1, width)]
    return [dict(zip(fields, [row[0].removeprefix("\n"), *row[1:]], strict=True)) for row in whole]


def seen_of(row: dict[str, str], code: tuple[int, int] | None) -> Seen:
    """A job from the fields of a row; what is not there is not said. ``code``: exit code and signal."""
    get = {**dict.fromkeys(FIELDS, ""), **row}
    state = batch_state(get["state"], get["reason"]) or BatchState.UNKNOWN
    over, waits = state.over, state in (BatchState.QUEUED, BatchState.HELD, BatchState.WAITING)
    started = time_of(get["starttime"])  # of a waiting job a prediction; of one that never started, its end
    never = over and not node_names(get["nodelist"])
    token, info = read_comment(get["comment"])
    asked = resources_of(get["tres-alloc"])
    return Seen(
        job_id=get["jobarrayid"],
        state=state,
        name=get["name"],
        queue=get["partition"],
        user=get["username"],
        token=token,
        input_dir=get["workdir"] or None,
        info_file=info,
        nnodes=count_of(get["numnodes"]),
        ncpus=count_of(get["numcpus"]),
        ngpus=gpus_of(asked),
        mem=size_of(asked.get("mem", "")),
        walltime=seconds_of(get["timelimit"]),
        submitted=time_of(get["submittime"]),
        started=None if waits or never else started,
        ended=time_of(get["endtime"]) if over else None,
        estimated_start=started if waits else None,
        nodes=pvector() if waits else node_names(get["nodelist"]),
        exit_code=exit_code_of(code, ended_well=state is BatchState.FINISHED) if over and not never else None,
        comment=words_of(get["state"], get["reason"], code),
        stuck=stuck(get["state"], get["reason"]),
    )
