"""What people are told of a job's end: as ``qq info`` would say it, as commands typed in the job's directory."""

from qq.core.explain import Explanation, selector
from qq.core.one_line import one_line
from qq.core.predicting.places import standing, unfetched
from qq.core.records.job import JobInfo
from qq.core.result import Success
from qq.core.simulate.world import World
from qq.core.suitability import can_sync

SYNC, WIPE = "qq sync", "qq wipe"


def command(told: Explanation, record: JobInfo) -> str:
    """What to type next, in the job's directory: without the model's id, which is nobody's, it means the job there."""
    return one_line(told.next_command.replace(f" {selector(record)}", ""))


def about_scratch(world: World, told: Explanation, record: JobInfo) -> str:
    """What could be typed about what stands on scratch, if anything: ``SYNC`` fetches it, ``WIPE`` does away with it.

    Not where ``qq recover`` is to be typed, which does either.
    """
    if record.work_dir is None or "qq recover" in told.next_command:
        return ""
    if record.delivered is not None:
        return WIPE if standing(world, record, [record.work_dir]) else ""
    return SYNC if unfetched(world, record) and isinstance(can_sync(record, told.state), Success) else ""
