"""What is handed to a batch system at a submission."""

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.records.values import Dependency, Resources


class Request(Struct, frozen=True, kw_only=True):
    """One batch job to be submitted. ``resources`` are resolved: nnodes, ncpus, mem, walltime… are the totals."""

    name: str
    starter: str
    """The generated two-line script that runs this very qq (SPEC 2)."""
    input_dir: str
    info_file: str
    token: str
    queue: str
    resources: Resources
    output: str
    """Where what ``qq run`` says goes: the ``.qqout`` file, absolute."""
    env: PMap[str, str] = pmap()
    depend: PVector[Dependency] = pvector()
    account: str | None = None
    server: str | None = None
    requeue: bool = False
    umask: int = 0o022
    scratch: str | None = None
    """What the site's scratch is asked for with; ``{size}``: the share of one node. None: it is just there."""
    output_host: str | None = None
    """The host that the output goes to; None: the one that submits."""
