"""What accounting says of jobs that the controller no longer knows: the question to ``sacct``, and its answer."""

from collections.abc import Sequence

from qq.core.evidence import Seen
from qq.core.schedulers.slurm_queue import seen_of
from qq.core.schedulers.slurm_states import batch_state
from qq.core.schedulers.slurm_values import code_and_signal

_AS_SQUEUE = {
    "JobID": "jobarrayid",
    "State": "state",
    "ExitCode": "exit_code",
    "Reason": "reason",
    "Submit": "submittime",
    "Start": "starttime",
    "End": "endtime",
    "Timelimit": "timelimit",
    "NNodes": "numnodes",
    "ReqCPUS": "numcpus",
    "ReqTRES": "tres-alloc",
    "NodeList": "nodelist",
    "User": "username",
    "Partition": "partition",
    "JobName": "name",
    "WorkDir": "workdir",
    "Comment": "comment",
}
FIELDS = tuple(_AS_SQUEUE)
_IN_ANY_STATE = ("--endtime=now", "--state=BF,CA,CD,DL,F,NF,OOM,PD,PR,R,RQ,RS,RV,S,TO")
"""All of them. Without a list sacct leaves out jobs that were cancelled while they were held or waited for others."""
_DISABLED = "accounting storage is disabled"


def sacct_argv(mark: str, *, ids: Sequence[str] = (), user: str | None = None, days: int = 7) -> list[str]:
    """The question: about these ids, else about the jobs of a user (None: everybody's) in the last days."""
    whose = [f"--user={user}"] if user else ["--allusers"]
    return [
        "sacct",
        "--noheader",
        "--parsable",
        "--allocations",
        *([f"--jobs={','.join(ids)}"] if ids else [*whose, f"--starttime=now-{days}days", *_IN_ANY_STATE]),
        f"--delimiter={mark}",
        f"--format={','.join(FIELDS)}",
    ]


def no_accounting(said: str) -> bool:
    """Whether this cluster keeps no accounts: then only the controller knows jobs."""
    return _DISABLED in said


def parse_sacct(rows: Sequence[dict[str, str]]) -> list[Seen]:
    """All jobs of an answer that was taken apart (``slurm_queue.rows``); of one id that ran several times the last."""
    return list({seen.job_id: seen for seen in map(_seen, rows)}.values())


def _seen(row: dict[str, str]) -> Seen:
    """As squeue would tell it. Of a job that is over accounting's reason is why it once waited: that is left out."""
    told = {name: row.get(field, "") for field, name in _AS_SQUEUE.items()}
    state = batch_state(told["state"])
    reason = "" if state is not None and state.over else told["reason"]
    return seen_of(told | {"reason": reason}, code_and_signal(told["exit_code"]))
