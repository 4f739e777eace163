"""What ``scontrol show job --oneliner`` says of jobs: what squeue does not tell, and the same in other words."""

from qq.core.evidence import Seen
from qq.core.schedulers.slurm_cluster import fields
from qq.core.schedulers.slurm_queue import seen_of
from qq.core.schedulers.slurm_values import code_and_signal

_KEYS = """
JobId ArrayJobId ArrayTaskId ArrayTaskThrottle HetJobId HetJobOffset JobName UserId GroupId MCS_label Priority Nice
Account QOS WCKey JobState Reason FailedNode Dependency Requeue Restarts BatchFlag Reboot ExitCode DerivedExitCode
RunTime TimeLimit TimeMin SubmitTime EligibleTime AccrueTime StartTime EndTime Deadline PreemptEligibleTime
PreemptTime SuspendTime SecsPreSuspend LastSchedEval Scheduler Partition AllocNode:Sid ReqNodeList ExcNodeList
NodeList SchedNodeList BatchHost NumNodes NumCPUs NumTasks CPUs/Task ReqB:S:C:T TRES Socks/Node NtasksPerN:B:S:C
CoreSpec JOB_GRES Nodes MinCPUsNode MinMemoryCPU MinMemoryNode MinTmpDiskNode Features DelayBoot Reservation
OverSubscribe Contiguous Licenses Network Command WorkDir AdminComment SystemComment Comment StdErr StdIn StdOut
Switches Power TresPerNode MailUser MailType KillOInInvalidDependent"""
_AS_SQUEUE = {
    "jobarrayid": "JobId",
    "state": "JobState",
    "reason": "Reason",
    "submittime": "SubmitTime",
    "starttime": "StartTime",
    "endtime": "EndTime",
    "timelimit": "TimeLimit",
    "numnodes": "NumNodes",
    "numcpus": "NumCPUs",
    "tres-alloc": "TRES",
    "nodelist": "NodeList",
    "partition": "Partition",
    "name": "JobName",
    "workdir": "WorkDir",
    "comment": "Comment",
}


def parse_show_job(text: str) -> list[Seen]:
    """Every job of the answer, as squeue would tell it."""
    lines = (fields(line, _KEYS) for line in text.split("\n"))
    return [_seen(said) for said in lines if "JobId" in said]


def _seen(said: dict[str, str]) -> Seen:
    row = {field: said.get(key, "") for field, key in _AS_SQUEUE.items()}
    task = said.get("ArrayTaskId")
    if task is not None and "ArrayJobId" in said:
        row["jobarrayid"] = f"{said['ArrayJobId']}_{task if task.isdigit() else f'[{task}]'}"
    user = said.get("UserId", "").partition("(")[0]
    return seen_of(row | {"username": user}, code_and_signal(said.get("ExitCode", "")))
