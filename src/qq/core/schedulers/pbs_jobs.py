"""Jobs as ``qstat -f`` prints them, as evidence."""

from collections.abc import Iterable, Mapping

from pyrsistent import PVector, pvector

from qq.core.evidence import Seen
from qq.core.records.values import Dependency
from qq.core.replacing import replace
from qq.core.schedulers import pbs_states
from qq.core.schedulers.pbs_environment import restored
from qq.core.schedulers.pbs_text import Attributes, blocks, integer, seconds, size, time, variables
from qq.core.states import BatchState
from qq.core.troubles import Reason


def parse_jobs(text: str) -> dict[str, Seen]:
    """Job id → what ``qstat -f`` says of the job, with ``-x``, ``-t`` and ``-w`` or without; in its order."""
    return {job_id: seen(job_id, job) for job_id, job in blocks(text, "Job Id") if job_id}


def seen(job_id: str, job: Attributes) -> Seen:
    """A job from its attributes."""
    given = variables(job.get("Variable_List", ""))
    started, ncpus = pbs_states.has_started(job), _count(job.get("Resource_List.ncpus"))
    return Seen(
        job_id=job_id,
        state=pbs_states.batch_state(job),
        name=job.get("Job_Name", ""),
        queue=job.get("queue", ""),
        user=job.get("Job_Owner", "").partition("@")[0],
        token=given.get("QQ_TOKEN") or None,
        input_dir=restored(given.get("QQ_INPUT_DIR") or given.get("PBS_O_WORKDIR") or "") or None,
        info_file=restored(given.get("QQ_INFO", "")) or None,
        nnodes=_count(job.get("Resource_List.nodect")),
        ncpus=ncpus,
        ngpus=_count(job.get("Resource_List.ngpus")),
        mem=size(job.get("Resource_List.mem")),
        walltime=seconds(job.get("Resource_List.walltime")),
        submitted=time(job.get("ctime")),
        started=time(job.get("stime")) if started else None,
        ended=time(job.get("obittime", job.get("mtime"))) if pbs_states.is_over(job) else None,
        estimated_start=time(job.get("estimated.start_time")),
        nodes=hosts(job.get("exec_host", "")) if started else pvector(),
        exit_code=pbs_states.exit_code(job),
        comment=pbs_states.comment(job),
        percent_cpu=_percent(_count(job.get("resources_used.cpupercent")), 100 * (ncpus or 1)),
        percent_mem=_percent(_kb(job, "resources_used.mem"), _kb(job, "Resource_List.mem")),
        depend=dependencies(job.get("depend", "")),
        stuck=pbs_states.stuck(job),
    )


def hosts(text: str) -> PVector[str]:
    """The hosts of an ``exec_host`` (``n1/0*2+n2/0*2``), each once, in their order."""
    return pvector(dict.fromkeys(host for part in text.split("+") if (host := part.partition("/")[0].strip("()"))))


def dependencies(text: str) -> PVector[Dependency]:
    """What a job waits for: ``afterok:17.server@server:18.server@server,afterany:…``; not what waits for it."""
    parts = (part.split(":") for part in text.split(","))
    ids = ((kind, [job_id.partition("@")[0] for job_id in rest if job_id]) for kind, *rest in parts)
    return pvector(Dependency(kind, pvector(some)) for kind, some in ids if kind.startswith("after") and some)


def with_parents(child: Seen, parents: Mapping[str, Seen | None]) -> Seen:
    """A held job whose parent was deleted before it ran stays held for ever, whatever it waits for: it says so.

    ``parents``: what PBS says of the jobs that it waits for; None: it answered, and does not know them any more.
    """
    if child.state is not BatchState.HELD:
        return child
    dead = [each for each in parent_ids([child]) if each in parents and _never_began(parents[each])]
    if not dead:
        return child
    words = f"{', '.join(dead)} was deleted before it ran, or is forgotten: PBS will hold this job for ever"
    return replace(child, stuck=Reason.DEPENDENCY, comment=f"{child.comment}; {words}" if child.comment else words)


def parent_ids(jobs: Iterable[Seen]) -> list[str]:
    """The jobs that held ones wait for."""
    held = (job for job in jobs if job.state is BatchState.HELD)
    return list(dict.fromkeys(each for job in held for wanted in job.depend for each in wanted.ids))


def _never_began(parent: Seen | None) -> bool:
    return parent is None or (parent.ended is not None and parent.started is None)


def _count(text: str | None) -> int | None:
    number = integer(text)
    return number if number is not None and number >= 0 else None


def _kb(job: Attributes, name: str) -> int | None:
    amount = size(job.get(name))
    return None if amount is None else amount.kb


def _percent(part: int | None, whole: int | None) -> int | None:
    return None if part is None or not whole else round(100 * part / whole)
