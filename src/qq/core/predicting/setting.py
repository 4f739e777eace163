"""The world that a job is played in: the input directory, a scratch space, a batch system; the job has been submitted.

What it has only because there must be one: an input directory that the node shares, one node, a queue that is empty.
"""

import posixpath
from collections.abc import Mapping

from pyrsistent import pvector

from qq.core.lifecycle.transitions import unlived
from qq.core.listing import Entry
from qq.core.records.job import JobInfo
from qq.core.records.site import Settings
from qq.core.replacing import replace
from qq.core.simulate.chain import place_of, submitted
from qq.core.simulate.draft import Draft
from qq.core.simulate.spots import Parts, Spot, parts_of
from qq.core.simulate.tree import Directory, File
from qq.core.simulate.world import Host, Scripts, World

FIRST = "1.model"
"""The id of the job that is submitted first."""
NODE = "node"
INPUT_DISK, SCRATCH_DISK, OTHER_DISK = "input", "scratch", "machine"


def as_new(job: JobInfo) -> JobInfo:
    """The job as if it had never been submitted, with the options that it has."""
    settings = job.settings or Settings()
    return replace(unlived(job), previous=None, earlier_work_dirs=pvector(), depend=pvector(), settings=settings)


def world_of(job: JobInfo, scripts: Scripts, files: Mapping[str, int], scratch: str | None = None) -> World:
    """A new job, submitted. ``files``: what is in the input directory, relative path → bytes; the script always is.

    ``scratch``: where working directories go on the node, if anybody knows (see ``Host``).
    """
    here = job.input_machine
    node = here if job.batch_system == "local" else NODE
    host = Host(_mounts(job, scratch), scratch=scratch)
    world = World(
        inode=2,
        disks=dict.fromkeys((INPUT_DISK, SCRATCH_DISK, OTHER_DISK), Directory(0, 1)),
        hosts={here: host, node: host},
        here=here,
        node=node,
        scripts=scripts,
    )
    draft = Draft(world)
    for place in (job.input_dir, scratch_root(job, scratch)):
        draft.make_parents(draft.place(here, posixpath.dirname(place) + "/mounted"))  # what a disk is mounted below
    draft.make_parents(draft.place(here, f"{job.input_dir}/{job.script_name}"))
    for name, size in {job.script_name: 1, **files}.items():
        _file(draft, draft.place(here, f"{job.input_dir}/{name}"), size)
    for path in sorted(job.included, key=len, reverse=True):  # one that holds another is a directory
        spot = draft.place(here, path)
        if draft.look(spot) is None:
            _file(draft, spot, 1)
    return submitted(draft.freeze(), job)


def scratch_root(job: JobInfo, scratch: str | None) -> str:
    """The directory that all working directories of a chain lie in."""
    return posixpath.commonpath([posixpath.dirname(place_of(job, each, scratch)) for each in ("1.model", "2.model")])


def _mounts(job: JobInfo, scratch: str | None) -> tuple[tuple[Parts, str], ...]:
    mounts = {(): OTHER_DISK, parts_of(scratch_root(job, scratch)): SCRATCH_DISK, parts_of(job.input_dir): INPUT_DISK}
    return tuple(sorted(mounts.items(), key=lambda mount: -len(mount[0])))


def _file(draft: Draft, spot: Spot, size: int) -> None:
    draft.make_parents(spot)
    now = draft.tick()
    draft.put(spot, File(Entry(spot.name, b"f", size, draft.new_inode(), now, now), f"original {spot}"))
