"""A request as ``qsub`` wants it. The starter goes through its standard input; its directory is the input directory.

Recorded: everything here but ``place=vscatter``, ``mpiprocs`` beside ``-l ncpus`` and several ``-W`` (manual; see
docs/reference/pbs-facts.md).
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

from qq.core.records.parse import format_walltime
from qq.core.records.resources import per_node
from qq.core.records.values import Dependency, Resources
from qq.core.request import Request
from qq.core.schedulers.pbs_environment import variables_for

SHARED = "QQ_SHARED_SUBMIT"
LONGEST_NAME = 230
"""Characters; 236 are refused."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9+._-]")


def qsub_argv(request: Request, submitter: Mapping[str, str]) -> list[str]:
    """The command line. ``submitter``: the environment that variables of the module system come from."""
    return [
        "qsub",
        *("-N", job_name(request.name)),
        *_queue(request),
        *_output(request),
        *("-r", "y" if request.requeue else "n"),
        *("-W", f"umask={request.umask:03o}"),
        *(("-W", f"depend={','.join(map(_dependency, request.depend))}") if request.depend else ()),
        *(("-A", request.account) if request.account else ()),
        *_resources(request),
        *("-v", ",".join(sorted(variables_for(request, submitter)))),
    ]


def job_name(name: str) -> str:
    """A name that PBS takes: ASCII letters, digits and ``+ . - _``, a letter or digit first, not too long."""
    plain = _NOT_IN_NAMES.sub("_", name)
    return (plain if plain[:1].isalnum() else f"job{plain}")[:LONGEST_NAME]


def _queue(request: Request) -> tuple[str, ...]:
    where = f"{request.queue}@{request.server}" if request.server else request.queue
    return ("-q", where) if where else ()


def _output(request: Request) -> tuple[str, ...]:
    """One file for both streams. Where the node has the directory, it is written there from the start (``-k oed``)."""
    direct = ("-k", "oed") if SHARED in request.env else ()
    return ("-j", "eo", "-e", _path(request), *direct)


def _path(request: Request) -> str:
    """The output file: by its name alone, as was recorded to carry any directory; before a colon stands a host."""
    if request.output_host:
        return f"{request.output_host}:{request.output}"
    name = posixpath.basename(request.output)
    plain = ":" not in name and name == name.strip()
    return name if plain and posixpath.dirname(request.output) == request.input_dir else request.output


def _dependency(wanted: Dependency) -> str:
    return ":".join((wanted.kind, *wanted.ids))


def _resources(request: Request) -> Iterator[str]:
    """One node by plain ``-l``, several as equal chunks on different nodes."""
    nodes = request.resources.nnodes or 1
    chunk = list(_chunk(request.resources, nodes, request.scratch))
    if nodes == 1:
        yield from ("-l", ",".join(chunk))
    else:
        yield from ("-l", f"select={nodes}:{':'.join(chunk)}", "-l", "place=vscatter")
    if request.resources.walltime is not None:
        yield from ("-l", f"walltime={format_walltime(request.resources.walltime)}")


def _chunk(wanted: Resources, nodes: int, scratch: str | None) -> Iterator[str]:
    """What one node gives. ``mpiprocs``: without it mpirun finds a single slot."""
    ncpus = max(1, (wanted.ncpus or nodes) // nodes)
    yield f"ncpus={ncpus}"
    yield f"mpiprocs={ncpus}"
    if wanted.mem is not None:
        yield f"mem={per_node(wanted.mem, nodes).kb}kb"
    if wanted.ngpus:
        yield f"ngpus={wanted.ngpus // nodes}"
    yield from _scratch(wanted, nodes, scratch)
    yield from (f"{name}={wanted.props[name]}" for name in sorted(wanted.props))


def _scratch(wanted: Resources, nodes: int, template: str | None) -> Iterator[str]:
    """The site says what its scratch is asked for with: ``scratch_local={size}``, ``scratch_shm=true``."""
    if template is None:
        return
    if "{size}" not in template:
        yield template
    elif wanted.work_size is not None:
        yield template.replace("{size}", f"{per_node(wanted.work_size, nodes).kb}kb")
