"""A handful of typical jobs, each in a world of its own, before anything has happened."""

from collections.abc import Mapping

from msgspec import Struct
from pyrsistent import pvector

from qq.core.job_names import job_name, runtime_files
from qq.core.listing import Entry
from qq.core.paths import to_bytes
from qq.core.records.job import JobInfo, LoopInfo
from qq.core.records.site import Settings
from qq.core.records.values import Modes, Resources
from qq.core.replacing import replace
from qq.core.simulate.chain import submitted
from qq.core.simulate.draft import Draft
from qq.core.simulate.spots import Spot, parts_of
from qq.core.simulate.tree import Directory, File
from qq.core.simulate.world import EPOCH, Host, Script, Scripts, World
from qq.core.states import JobType, RecordState

INPUT_DIR = "/home/alice/job"
HOME_HOST, NODE = "desk", "node1"
EXCLUDED, INCLUDED = "secret.dat", "/home/alice/lib/inc.txt"


class Case(Struct, frozen=True):
    """A job of the sweep: what it is called, its record before the submission, what its scripts do."""

    name: str
    job: JobInfo
    scripts: Scripts
    files: Mapping[str, int]
    codes: tuple[int, ...]
    """Exit codes of the lives, if nothing happens."""
    shared: bool = True
    taken: bool = False
    """Whether somebody else's directory stands where the working directory would go."""


def world_of(case: Case) -> World:
    """The job has been submitted, and waits."""
    return submitted(empty_world(case), case.job)


def empty_world(case: Case) -> World:
    """Nothing has been submitted; the files stand at home."""
    root = Directory(0, 1)
    disks = dict.fromkeys(("desk", "home", "node1", "scratch"), root)
    home = ((parts_of("/home"), "home"),)
    hosts = {
        HOME_HOST: Host((*home, ((), "desk"))),
        NODE: Host((*(home if case.shared else ()), (parts_of("/scratch"), "scratch"), ((), "node1"))),
    }
    world = World(inode=2, disks=disks, hosts=hosts, here=HOME_HOST, node=NODE, scripts=case.scripts, now=10**9)
    draft = Draft(world)
    for path, size in {**{f"{INPUT_DIR}/{name}": size for name, size in case.files.items()}, INCLUDED: 7}.items():
        _file(draft, draft.place(HOME_HOST, path), size)
    draft.make_directory(draft.place(NODE, "/scratch"))
    if case.taken:
        _file(draft, draft.place(NODE, "/scratch/job_1.model/foreign"), 3)
    return replace(draft.freeze(), now=draft.now + 10**9)


def _file(draft: Draft, spot: Spot, size: int) -> None:
    draft.make_parents(spot)
    now = draft.tick()
    draft.put(spot, File(Entry(spot.name, b"f", size, draft.new_inode(), now, now), f"original {spot}"))


def job(job_type: JobType, work_dir: str = "scratch_local", mode: str = "success", end: int = 2) -> JobInfo:
    """A job that is about to be submitted."""
    loop = job_type is JobType.LOOP
    name = job_name("run.sh", job_type, 1 if loop else None)
    files = runtime_files(name)
    modes = Modes((mode,))
    return JobInfo(
        batch_system="local",
        qq_version="1",
        username="alice",
        job_id=None,
        job_name=name,
        script_name="run.sh",
        queue="default",
        job_type=job_type,
        input_machine=HOME_HOST,
        input_dir=INPUT_DIR,
        state=RecordState.QUEUED,
        submission_time=EPOCH,
        stdout_file=files.out,
        stderr_file=files.err,
        resources=Resources(work_dir=work_dir, nnodes=1, walltime=86400),
        excluded=pvector([f"{INPUT_DIR}/{EXCLUDED}"]) if work_dir != "input_dir" else pvector(),
        included=pvector([INCLUDED]) if work_dir != "input_dir" else pvector(),
        transfer_mode=modes,
        loop=LoopInfo(start=1, end=end, archive="storage", archive_format="job%04d", current=1, archive_mode=modes)
        if loop
        else None,
        token="t0k3n",
        settings=Settings(),
    )


FILES = {"run.sh": 10, "in.dat": 20, EXCLUDED: 30, "data/table": 40}
PLAIN = {"log": 5, "data/table": 6, "deep/er/result": 7}


def _cycle(number: int, **more: object) -> Script:
    writes = {f"job{number:04d}.xtc": 9, f"job{number + 1:04d}.cpt": 4, "log": 5, "in.dat": 21}
    return replace(Script(writes=writes), **more)  # type: ignore[arg-type]


def cases() -> list[Case]:
    """All of them."""
    standard, loop, on = JobType.STANDARD, JobType.LOOP, JobType.CONTINUOUS
    well, badly = Script(0, PLAIN), Script(1, PLAIN)
    first = _cycle(1)
    chain = (replace(first, writes={**first.writes, "job0001.start": 8}), _cycle(2), _cycle(3))
    archived = {**FILES, "storage/job0001.start": 3, "storage/job0000.old": 3, "job0001.mine": 2}
    stops = (well, Script(95, PLAIN))
    here = "input_dir"
    return [
        Case("standard", job(standard), (well,), FILES, (0,)),
        Case("standard-removes", job(standard), (replace(well, removes=("in.dat", "log")),), FILES, (0,)),
        Case("standard-fails", job(standard), (badly,), FILES, (1,)),
        Case("standard-fails-always", job(standard, mode="always"), (badly,), FILES, (1,)),
        Case("standard-never", job(standard, mode="never"), (well,), FILES, (0,)),
        Case("standard-here", job(standard, here), (well,), FILES, (0,)),
        Case("standard-apart", job(standard), (well,), FILES, (0,), shared=False),
        Case("standard-taken", job(standard), (well,), FILES, (0,), taken=True),
        Case("loop", job(loop), chain, archived, (0, 0)),
        Case("loop-empty-handed", job(loop), (Script(0, {"log": 1}),), FILES, (0, 0)),
        Case("loop-fails", job(loop, mode="always"), (_cycle(1), _cycle(2, exit_code=3)), archived, (0, 3)),
        Case("loop-stops", job(loop, end=4), (_cycle(1), _cycle(2, exit_code=95)), archived, (0, 0)),
        Case("loop-here", job(loop, here), chain, archived, (0, 0)),
        Case("loop-apart", job(loop), chain, archived, (0, 0), shared=False),
        Case("continuous", job(on), stops, FILES, (0, 0)),
        Case("continuous-here", job(on, here), stops, FILES, (0, 0)),
    ]


def by_name(name: str) -> Case:
    """The case that is called so."""
    return next(case for case in cases() if case.name == name)


def at_home(name: str) -> bytes:
    """A path in the input directory."""
    return to_bytes(f"{INPUT_DIR}/{name}")
