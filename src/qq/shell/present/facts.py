"""What `qq info` tells of a job, as plain (label, text) pairs in groups. Knows no terminal."""

from collections.abc import Iterator
from datetime import datetime

from qq.core.evidence import Evidence, NotAnswered, Seen
from qq.core.explain import Explanation, explain
from qq.core.lifecycle.decisions import is_partly_home
from qq.core.records.job import JobInfo
from qq.core.result import Success
from qq.core.states import JobType, RealState, RecordState
from qq.core.suitability import can_sync
from qq.core.why import why
from qq.shell.present.labelled import Fact
from qq.shell.present.plain import plain


def facts(job: JobInfo, evidence: Evidence, info_file: str) -> list[list[Fact]]:
    """Everything that is known of a job, in groups; what is not known is left out. Ready to be shown."""
    told = explain(job, evidence)
    seen = evidence if isinstance(evidence, Seen) else None
    groups = [
        _what(job),
        _state(job, told, evidence),
        _resources(job, seen),
        _times(job, seen),
        _places(job, info_file),
        _loop(job),
        [("note", note) for note in job.notes],
    ]
    return [
        [(label, plain(text)) for label, text in group if text] for group in map(list, groups) if any(map(_told, group))
    ]


def why_facts(job: JobInfo, evidence: Evidence, info_file: str) -> list[Fact]:
    """What the state follows from: each witness's words, the rule, its outcome. Ready to be shown."""
    found = why(job, evidence)
    told = found.told
    rows = [
        ("state", str(told.state)),
        ("info file says", found.record),
        ("batch system", found.batch),
        ("node", found.node),
        (f"rule {found.rule.number}", found.rule.sentence),
        (f"reason {told.number}" if told.reason else "reason", told.words or "nothing is wrong"),
        ("next", told.next_command),
        ("info file", info_file),
    ]
    return [(label, plain(text)) for label, text in rows if text]


def _told(fact: Fact) -> bool:
    return bool(fact[1])


def time_text(when: datetime | None) -> str:
    """As records write it; nothing for None."""
    return "" if when is None else f"{when:%Y-%m-%d %H:%M:%S}"


def walltime_text(seconds: int | None) -> str:
    """``26:03:04``; nothing for None."""
    return "" if seconds is None else f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _what(job: JobInfo) -> list[Fact]:
    return [
        ("job", job.job_id or "no id yet"),
        ("name", job.job_name),
        ("type", str(job.job_type)),
        ("batch system", job.batch_system),
        ("queue", job.queue),
        ("server", job.server or ""),
        ("account", job.account or ""),
        ("depends on", ", ".join(map(str, job.depend))),
        ("attempt", str(job.attempt) if job.attempt > 1 else ""),
    ]


def _state(job: JobInfo, told: Explanation, evidence: Evidence) -> list[Fact]:
    since = _since(job, told.state)
    marked = f"{told.state} (says the info file; the batch system could not be asked)"
    state = str(told.state) if told.answered else marked
    said = evidence.said if isinstance(evidence, Seen) else ""
    return [
        ("state", f"{state}, since {time_text(since)}" if since else state),
        ("why", _why(told) if not isinstance(evidence, NotAnswered) else evidence.why),
        ("because", why(job, evidence).sentence if told.reason else ""),
        ("next", told.next_command),
        ("batch says", "" if told.reason or said in told.words else said),
        ("exit code", _codes(job)),
    ]


def _why(told: Explanation) -> str:
    return f"{told.words} [{told.number}]" if told.reason else told.words


def _since(job: JobInfo, state: RealState) -> datetime | None:
    match state:
        case RealState.QUEUED | RealState.HELD | RealState.WAITING | RealState.BOOTING:
            return job.submission_time
        case RealState.RUNNING | RealState.SUSPENDED:
            return job.start_time
        case RealState.FINISHED | RealState.FAILED | RealState.KILLED | RealState.EXITING:
            return job.completion_time
        case RealState.INCONSISTENT | RealState.UNKNOWN:
            return None


def _codes(job: JobInfo) -> str:
    code, script = job.exit_code, job.script_exit_code
    if code is None:
        return "" if script is None else f"{script} (the script's; the job's is not known yet)"
    return str(code) if script in (None, code) else f"{code} (the script ended with {script})"


def _resources(job: JobInfo, seen: Seen | None) -> list[Fact]:
    wants = job.resources
    nodes = ", ".join(job.all_nodes)
    return [
        ("nodes", f"{wants.nnodes or ''} {f'({nodes})' if nodes else ''}".strip()),
        ("cpus", _number(wants.ncpus, wants.ncpus_per_node, None)),
        ("gpus", _number(wants.ngpus, wants.ngpus_per_node, None) if wants.ngpus or wants.ngpus_per_node else ""),
        ("memory", _number(wants.mem, wants.mem_per_node, wants.mem_per_cpu)),
        ("scratch", _number(wants.work_size, wants.work_size_per_node, wants.work_size_per_cpu)),
        ("walltime", _walltime(wants.walltime, seen.walltime if seen else None)),
        ("properties", ", ".join(_property(name, value) for name, value in sorted(wants.props.items()))),
    ]


def _walltime(wanted: int | None, holds: int | None) -> str:
    """What holds: Slurm counts in minutes, and both it and its users change it while the job waits or runs."""
    if holds is None or wanted is None or -(-wanted // 60) == -(-holds // 60):
        return walltime_text(wanted)
    return f"{walltime_text(holds)} (asked for: {walltime_text(wanted)})"


def _number(total: object, per_node: object, per_cpu: object) -> str:
    if total is not None:
        return str(total)
    if per_node is not None:
        return f"{per_node} per node"
    return "" if per_cpu is None else f"{per_cpu} per cpu"


def _property(name: str, value: str) -> str:
    return {"true": name, "false": f"^{name}"}.get(value, f"{name}={value}")


def _times(job: JobInfo, seen: Seen | None) -> list[Fact]:
    return [
        ("submitted", time_text(job.submission_time)),
        ("starts about", time_text(seen.estimated_start) if seen and job.start_time is None else ""),
        ("started", time_text(job.start_time)),
        ("ended", time_text(job.completion_time)),
        ("at home since", time_text(job.delivered)),
        ("used", _used(seen)),
    ]


def _used(seen: Seen | None) -> str:
    if seen is None:
        return ""
    shares = (("cpu", seen.percent_cpu), ("memory", seen.percent_mem))
    return ", ".join(f"{share} % {name}" for name, share in shares if share is not None)


def _places(job: JobInfo, info_file: str) -> Iterator[Fact]:
    yield "input", f"{job.input_machine}:{job.input_dir}"
    if job.work_dir:
        label = "working" if job.delivered is None else "worked in"
        yield label, f"{job.main_node}:{job.work_dir}" if job.main_node else job.work_dir
        if job.state is RecordState.FINISHED and isinstance(can_sync(job, RealState.FINISHED), Success):
            yield "not at home", _not_at_home(job)
    for earlier in job.earlier_work_dirs:
        yield "earlier", f"{earlier.host}:{earlier.path}"
    yield "info file", info_file


def _not_at_home(job: JobInfo) -> str:
    """What a finished job left on scratch, as it was asked to."""
    if is_partly_home(job) or not (job.site is None or job.site.scratch_outlives_job):
        return ""
    more = " and the archive's files" if job.loop is not None else ""
    return f"all but the output{more} (transfer mode {job.transfer_mode}): qq sync fetches it, unless it was wiped"


def _loop(job: JobInfo) -> list[Fact]:
    followed = [("previous", job.previous or ""), ("next job", job.resubmitted_as or "")]
    if job.loop is None:
        return followed if job.job_type is JobType.CONTINUOUS else []
    loop = job.loop
    return [
        ("cycle", f"{loop.current} of {loop.start}–{loop.end}"),
        ("archive", f"{loop.archive} ({loop.archive_format}, on {loop.archive_mode})"),
        *followed,
    ]
