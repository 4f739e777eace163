"""What a job asks for, held against what its site has: queue, working directory, shared storage, properties."""

from collections.abc import Iterator

from qq.core.choices import INPUT_DIR, Choices
from qq.core.nearest import did_you_mean
from qq.core.records.resources import resolve_resources
from qq.core.records.site import Site
from qq.core.result import Failure, Fault
from qq.core.schedulers.slurm_submit import feature_fault
from qq.core.submission.circumstances import Circumstances

LOCAL, SLURM = "local", "Slurm"
_NO_SERVERS = {LOCAL: "the local queue", SLURM: "Slurm"}


def site_faults(choices: Choices, circumstances: Circumstances) -> list[Fault]:
    """Everything that this site can't do for the job."""
    site = circumstances.site
    return [
        *_queue(choices, site),
        *_work_dir(choices, site),
        *_storage(choices, circumstances),
        *_properties(choices, site),
        *_amounts(choices, site),
    ]


def _queue(choices: Choices, site: Site) -> Iterator[Fault]:
    if choices.queue is None and site.default_queue is None:
        yield Fault("queue", f"the site {site.name} has no default queue; name one with '# qq queue NAME' or --queue")


def _work_dir(choices: Choices, site: Site) -> Iterator[Fault]:
    kind = choices.resources.work_dir or site.default_work_dir
    if kind == INPUT_DIR:
        return
    if kind not in site.scratch:
        known = ", ".join([*sorted(site.scratch), INPUT_DIR])
        hint = did_you_mean(kind, [*site.scratch, INPUT_DIR])
        yield Fault("work-dir", f"the site {site.name} has no '{kind}'; it has {known}{hint}")
    elif choices.account is None and any("{account}" in path for path in site.scratch[kind]):
        yield Fault(
            "account", f"'{kind}' is a directory of your project; name that with '# qq account NAME' or --account"
        )


def _storage(choices: Choices, circumstances: Circumstances) -> Iterator[Fault]:
    site = circumstances.site
    local = site.engine == LOCAL
    if site.engine in _NO_SERVERS and choices.server is not None:
        yield Fault("server", f"{_NO_SERVERS[site.engine]} has no servers to choose from; leave it out")
    if local or circumstances.input_shared:
        return
    if (choices.resources.work_dir or site.default_work_dir) == INPUT_DIR:
        yield Fault("work-dir", "the input directory is not on storage that the nodes share, so nothing can run in it")
    if choices.server is not None:
        yield Fault("server", "the input directory is not on shared storage, so no other server can use it")


def _properties(choices: Choices, site: Site) -> Iterator[Fault]:
    props = choices.resources.props
    if site.engine == LOCAL and props:
        yield Fault("props", "the local queue has no properties of nodes; leave them out")
    if site.engine == SLURM:
        faults = (feature_fault(name, props[name]) for name in sorted(props))
        yield from (Fault("props", words) for words in faults if words)


def _amounts(choices: Choices, site: Site) -> Iterator[Fault]:
    resolved = resolve_resources(choices.resources)
    if site.engine == LOCAL and (choices.resources.nnodes or 1) > 1:
        yield Fault("nnodes", "the local queue is one machine; ask for 1 node")
    elif isinstance(resolved, Failure):
        yield from resolved.failure()
