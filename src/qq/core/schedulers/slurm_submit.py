"""A request as ``sbatch`` wants it: its words and its environment. The starter goes through standard input (sbatch(1)).

QQ_* travel in sbatch's own environment with ``--export=ALL``: commas can't travel in its values, and a list of names
would make ``srun`` drop the user's own variables.
"""

import re
from collections.abc import Iterator

from qq.core.paths import to_bytes
from qq.core.records.resources import per_node
from qq.core.records.values import Dependency, Resources
from qq.core.request import Request
from qq.core.schedulers.slurm_comment import MAX_TEXT, comment_of
from qq.core.schedulers.slurm_values import duration_text

SHARED = "QQ_SHARED_SUBMIT"
NOWHERE = "/dev/null"
"""Where Slurm writes on the node when the input directory is not there (``away_output.py``)."""
_FEATURE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def sbatch_argv(request: Request) -> list[str]:
    """The command line that submits a request whose starter is sent to its standard input."""
    shared = SHARED in request.env
    return [
        "sbatch",
        "--parsable",
        "--export=ALL",
        "--open-mode=append",
        "--requeue" if request.requeue else "--no-requeue",
        f"--job-name={_shortened(request.name)}",
        f"--comment={comment_of(request.token, request.info_file)}",
        f"--chdir={request.input_dir if shared else '/'}",
        f"--output={file_pattern(request.output) if shared else NOWHERE}",
        *([f"--partition={request.queue}"] if request.queue else []),
        *([f"--account={request.account}"] if request.account else []),
        *([f"--dependency={','.join(map(_dependency, request.depend))}"] if request.depend else []),
        *_resources(request.resources),
    ]


def _resources(wanted: Resources) -> Iterator[str]:
    nodes = wanted.nnodes or 1
    yield f"--nodes={nodes}"
    yield f"--ntasks-per-node={max(1, (wanted.ncpus or nodes) // nodes)}"
    yield "--cpus-per-task=1"
    if wanted.mem is not None:
        yield f"--mem={per_node(wanted.mem, nodes).kb}K"
    if wanted.ngpus:
        yield f"--gpus-per-node={wanted.ngpus // nodes}"
    if wanted.walltime is not None:
        yield f"--time={duration_text(wanted.walltime)}"
    if wanted.props:
        yield f"--constraint={'&'.join(sorted(wanted.props))}"


def _dependency(wanted: Dependency) -> str:
    return ":".join((wanted.kind, *wanted.ids))


def _shortened(name: str) -> str:
    return to_bytes(name)[:MAX_TEXT].decode("utf-8", "ignore") if len(to_bytes(name)) > MAX_TEXT else name


def file_pattern(path: str) -> str:
    """A path as ``--output`` wants it, in which nothing is filled in.

    A backslash turns all filling in off, and itself counts only if doubled; without one, ``%`` counts only if doubled.
    """
    return path.replace("\\", "\\\\") if "\\" in path else path.replace("%", "%%")


def feature_fault(name: str, value: str) -> str | None:
    """Why a property can't be asked for as a feature of Slurm's nodes; None: it can."""
    if value == "false" or value.startswith("^"):
        return f"Slurm can't express that a node must not have '{name}'"
    if value != "true":
        return f"Slurm's nodes have features without values; write the feature alone instead of '{name}={value}'"
    if not _FEATURE.fullmatch(name):
        return f"'{name}' can't be the name of a feature of Slurm's nodes"
    return None
