"""Jobs, queues and nodes as plain data for programs: JSON and YAML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qq.core.cluster import Amounts, Node, Queue, free, nodes_of, together
from qq.core.evidence import Evidence, JobStep, NotAnswered, Seen
from qq.core.explain import Explanation
from qq.core.history import Cycle
from qq.core.records.infofile import tree_from_job
from qq.core.records.job import JobInfo
from qq.core.records.values import Resources, Size
from qq.core.states import JobType, RecordState
from qq.core.why import why

if TYPE_CHECKING:
    from qq.core.report import Report


def of_job(
    job: JobInfo,
    evidence: Evidence,
    info_file: str,
    cycles: Sequence[Cycle] = (),
    steps: Sequence[JobStep] | None = None,
) -> dict[str, object]:
    """What `qq info --json` tells of a job. ``cycles``: all of a loop job; ``steps``: None if nobody asked for them."""
    found = why(job, evidence)
    told = found.told
    return {
        "job_id": job.job_id,
        "job_name": job.job_name,
        "state": str(told.state).replace(" ", "_"),
        "reason": told.words or None,
        "reason_number": told.number,
        "next_command": told.next_command or None,
        "batch_answered": not isinstance(evidence, NotAnswered),
        "info_file": info_file,
        "why": {
            "record": found.record,
            "batch_system": found.batch,
            "node": found.node or None,
            "rule": found.rule.sentence,
            "rule_number": found.rule.number,
        },
        "history": list(map(_of_cycle, cycles)) if job.job_type is JobType.LOOP else None,
        "steps": None if steps is None else list(map(_of_step, steps)),
        "record": tree_from_job(job),
    }


def _of_step(step: JobStep) -> dict[str, object]:
    return {
        "step": step.step_id,
        "name": step.name,
        "state": str(step.state),
        "started": _time(step.started),
        "ended": _time(step.ended),
        "exit_code": step.exit_code,
        "comment": step.comment or None,
    }


def _of_cycle(cycle: Cycle) -> dict[str, object]:
    return {
        "cycle": cycle.first,
        "last_cycle": cycle.last,
        "job_id": cycle.job_id,
        "state": None if cycle.state is None else str(cycle.state),
        "started": _time(cycle.started),
        "seconds": cycle.seconds,
        "exit_code": cycle.exit_code,
        "archived_files": cycle.files,
        "archived_bytes": cycle.size,
        "trouble": cycle.wrong or None,
    }


def of_recovery(report: "Report[Any]", plan: Sequence[str], why_not: str) -> dict[str, object]:
    """What `qq recover --json` tells of a job before it acts."""
    return {
        "job_id": report.job_id,
        "job_name": report.job_name,
        "info_file": report.info_file,
        "plan": list(plan),
        "why_not": why_not or None,
    }


def of_recovered(job: JobInfo, told: Explanation, done: bool, why: str) -> dict[str, object]:
    """The same afterwards. ``why``: it is not done. What is queued again has no past."""
    again = done and job.state is RecordState.QUEUED
    return {
        "done": done,
        "state": str(job.state if done else told.state),
        "queued_as": job.job_id if again else None,
        "resubmitted_as": job.resubmitted_as,
        "reason": None if again else why or told.words or None,
        "next_command": None if done else told.next_command or None,
    }


def of_seen(seen: Seen) -> dict[str, object]:
    """What `qq jobs --json` tells of a job."""
    return {
        "job_id": seen.job_id,
        "job_name": seen.name,
        "state": str(seen.state),
        "queue": seen.queue or None,
        "user": seen.user or None,
        "nnodes": seen.nnodes,
        "ncpus": seen.ncpus,
        "ngpus": seen.ngpus,
        "mem_kb": _kb(seen.mem),
        "walltime": seen.walltime,
        "submitted": _time(seen.submitted),
        "started": _time(seen.started),
        "ended": _time(seen.ended),
        "estimated_start": _time(seen.estimated_start),
        "nodes": list(seen.nodes),
        "exit_code": seen.exit_code,
        "percent_cpu": seen.percent_cpu,
        "percent_mem": seen.percent_mem,
        "comment": seen.said or None,
        "input_dir": seen.input_dir,
        "info_file": seen.info_file,
    }


def of_queue(queue: Queue, nodes: Sequence[Node]) -> dict[str, object]:
    """What `qq queues --json` tells of a queue. ``nodes``: of the whole cluster."""
    mine = nodes_of(queue, nodes)
    return {
        "name": queue.name,
        "accepts": queue.accepts,
        "starts": queue.starts,
        "default": queue.is_default,
        "routes_to": list(queue.routes_to),
        "jobs": dict(queue.jobs),
        "priority": queue.priority,
        "nodes": [node.name for node in mine] or list(queue.nodes),
        "free": _amounts(together(map(free, mine))),
        "defaults": _resources(queue.defaults),
        "least": _resources(queue.least),
        "most": _resources(queue.most),
        "only_for": None if queue.only_for is None else list(queue.only_for),
        "comment": queue.comment or None,
    }


def of_node(node: Node) -> dict[str, object]:
    """What `qq nodes --json` tells of a node."""
    return {
        "name": node.name,
        "state": str(node.state),
        "said": node.said or None,
        "has": _amounts(node.has),
        "free": _amounts(free(node)),
        "queues": list(node.queues),
        "jobs": list(node.jobs),
        "properties": list(node.props),
        "comment": node.comment or None,
    }


def _resources(resources: Resources) -> dict[str, object]:
    return {
        "nnodes": resources.nnodes,
        "ncpus": resources.ncpus,
        "ngpus": resources.ngpus,
        "mem_kb": _kb(resources.mem),
        "mem_per_node_kb": _kb(resources.mem_per_node),
        "mem_per_cpu_kb": _kb(resources.mem_per_cpu),
        "walltime": resources.walltime,
    }


def _amounts(amounts: Amounts) -> dict[str, object]:
    return {
        "ncpus": amounts.ncpus,
        "ngpus": amounts.ngpus,
        "mem_kb": _kb(amounts.mem),
        "scratch_kb": {kind: size.kb for kind, size in sorted(amounts.scratch.items())},
    }


def json_text(values: Sequence[Mapping[str, object]] | Mapping[str, object]) -> str:
    """JSON, indented; names that are no UTF-8 keep their bytes as escapes that JSON readers take."""
    import json

    return json.dumps(values, indent=2, default=str)


def yaml_text(values: Sequence[Mapping[str, object]]) -> str:
    """YAML, one block per thing."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(list(values), Dumper=dumper, sort_keys=False, allow_unicode=True)).rstrip("\n")


def _kb(size: Size | None) -> int | None:
    return None if size is None else size.kb


def _time(when: datetime | None) -> str | None:
    return None if when is None else f"{when:%Y-%m-%d %H:%M:%S}"
