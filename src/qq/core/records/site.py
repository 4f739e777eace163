"""What differs between clusters, and what can be adjusted: data that travels in the record."""

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.records.values import Resources


class Site(Struct, frozen=True, kw_only=True):
    """A cluster as qq sees it (SPEC 10, "Sites are data")."""

    name: str
    engine: str
    """``local``, ``Slurm`` or ``PBS``: which module talks to it."""
    batch_system: str
    """The name in records and in ``QQ_BATCH_SYSTEM``: ``PBS``, ``Slurm``, ``SlurmIT4I``, ``SlurmLumi``, ``local``."""
    found_by: str | None = None
    """The program whose presence on PATH tells this site."""
    found_with: PVector[str] = pvector()
    """Files of which one must be there, too: the program may be installed where no cluster is. ``{prefix}``: where the
    program's ``bin`` stands; ``$NAME`` is filled in."""
    found_at: PVector[str] = pvector()
    """Ends of names, of which one must fit the batch system's server, if its name can be told."""
    scratch: PMap[str, PVector[str]] = pmap()
    """work-dir type → candidate paths, of which the first writable one wins; ``{user} {account} {job_id} {cache}`` and
    ``$NAME`` are filled in."""
    default_work_dir: str = "input_dir"
    scratch_requests: PMap[str, str] = pmap()
    """work-dir type → what the batch system is asked for it: ``scratch_local={size}``, ``scratch_shm=true``."""
    scratch_shared: bool = False
    scratch_outlives_job: bool = True
    default_resources: Resources = Resources()
    default_queue: str | None = None
    input_shared: bool = False
    """Whether every input directory is on storage that all nodes share."""
    shared_types: PVector[str] = pvector()
    """Types of file systems (as in /proc/mounts) that all nodes share: an input directory on one of these is shared."""
    shared_paths: PVector[str] = pvector()
    """Directories that all nodes share, with all that is below."""
    resubmit_from: PVector[str] = pvector(["working"])
    servers: PMap[str, str] = pmap()
    """Short name → full name of a server."""
    output_hosts: PMap[str, str] = pmap()
    """Full name of a server → the host that its nodes bring the output to, instead of the one that submits."""
    kill_wait: float = 10.0
    """Seconds between the batch system's TERM and its KILL."""
    qq_command: str | None = None


class Settings(Struct, frozen=True, kw_only=True):
    """What can be adjusted and matters on the node. Times in seconds."""

    retry_tries: int = 3
    retry_wait: float = 300.0
    grace: float = 5.0
    """Between TERM and KILL for what the script started."""
    ssh_timeout: float = 60.0
    rsync_silence: float = 600.0
    default_interpreter: str = "bash"
