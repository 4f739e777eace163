"""``simulate(job, …)``: a job's whole life through all its cycles, played, and what can be asked of it afterwards."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.explain import Explanation
from qq.core.lifecycle.decisions import included_names
from qq.core.one_line import one_line
from qq.core.paths import to_text
from qq.core.predicting import trace_drawing
from qq.core.predicting.checks import GivenScript, scripts_by_cycle, time_fault
from qq.core.predicting.layout import USUAL, Line, text_of
from qq.core.predicting.mishaps import Mishap
from qq.core.predicting.places import Places, contents, places
from qq.core.predicting.playing import Cycle, Played, known_end, recover_all, run_chain
from qq.core.predicting.setting import as_new, world_of
from qq.core.predicting.steps import Snapshot, Step, steps_of, world_at
from qq.core.predicting.timeline import Timeline
from qq.core.predicting.told import command
from qq.core.records.job import JobInfo
from qq.core.result import Faults, Result
from qq.core.simulate.batch import next_to_start
from qq.core.simulate.chain import records
from qq.core.simulate.world import Script, World

WELL = Script()
"""Ends well after an hour, or most of a shorter walltime, and makes nothing."""


class Trace(Struct, frozen=True):
    """All that happened. Sizes in bytes, times in seconds since the submission; paths are relative to their place."""

    played: Played

    @property
    def job(self) -> JobInfo:
        """The job, as it was submitted."""
        return self.played.job

    @property
    def cycles(self) -> PVector[Cycle]:
        """The jobs that the batch system started, in their order."""
        return pvector(cycle for cycle in self.played.cycles if not cycle.recovering)

    @property
    def recoveries(self) -> PVector[Cycle]:
        """What ``recover`` played, in its order."""
        return pvector(cycle for cycle in self.played.cycles if cycle.recovering)

    @property
    def submitted(self) -> PVector[str]:
        """The ids of all jobs that the batch system took."""
        return pvector(self.played.world.batch.jobs)

    @property
    def seconds(self) -> PMap[str, float]:
        """Part of a life (``staging``, ``running``…) → how long all cycles together spent with it."""
        total: dict[str, float] = {}
        for cycle in self.played.cycles:
            for doing, spent in cycle.seconds.items():
                total[doing] = total.get(doing, 0.0) + spent
        return pmap(total)

    @property
    def is_cut_short(self) -> bool:
        """Whether more jobs would follow: it was played no further."""
        return next_to_start(self.played.world.batch) is not None

    @property
    def lost(self) -> PVector[str]:
        """Files that scripts (or you) wrote and that are nowhere. Empty, unless the world destroyed scratch."""
        world, stand = self.played.world, contents(self.played.world)
        dropped = {to_text(name) for name in included_names(self.job)}
        found = [(name, content) for (_, name), content in (*world.made.items(), *world.edited.items())]
        gone = {name for name, content in found if content not in stand and name.split("/")[0] not in dropped}
        return pvector(sorted(gone))

    @property
    def steps(self) -> PVector[Step]:
        """Every step, with the state of the record after it. Of very long chains only those of the first jobs."""
        pairs = zip(self.played.lives, self.played.cycles, strict=True)
        return pvector(step for life, cycle in pairs for step in steps_of(life, cycle))

    @property
    def timeline(self) -> Timeline:
        """A picture: cycles and the parts of their lives against time."""
        return Timeline(one_line(f"{self.job.script_name}: {trace_drawing.headline(self)}"), self.played.cycles)

    @property
    def state(self) -> str:
        """The state of the last job, as ``qq info`` calls it."""
        told = self._told()
        return str(told[1].state) if told else "without a record"

    @property
    def why(self) -> str:
        """What ``qq info`` says about it; empty if there is nothing to say."""
        told = self._told()
        return one_line(told[1].words) if told else ""

    @property
    def next_command(self) -> str:
        """What the user is told to type next; empty: nothing."""
        told = self._told()
        return command(told[1], told[0]) if told else ""

    def files(self, place: str) -> dict[str, int]:
        """The files in a place at the end, name → bytes; places are ``input_dir``, ``archive`` and ``work_dir``."""
        return self.places.sizes(place)

    def where(self, name: str) -> tuple[str, ...]:
        """The places that have a file of this name at the end."""
        return self.places.where(name)

    @property
    def places(self) -> Places:
        """Where everything is at the end."""
        return places(self.played.world, self.job, self._dirs())

    def at(self, seconds: float) -> Snapshot:
        """Where every file was so many seconds after the submission, and what was being done."""
        if wrong := time_fault(seconds):
            raise ValueError(wrong)
        world, number = world_at(self.played, seconds)
        here = None if number is None else self.played.cycles[number]
        steps = [] if number is None or here is None else [*steps_of(self.played.lives[number], here)]
        past = [step for step in steps if step.at <= seconds]
        doing = past[-1].doing if past else ("" if here is None else "staging")
        state = past[-1].state if past else _state_in(world, self.job)
        return Snapshot(seconds, here.cycle if here else None, doing, state, places(world, self.job, self._dirs()))

    def recover(self) -> "Trace":
        """What ``qq recover`` would do now, and the jobs that follow, played. What stood in its way has been mended."""
        again = run_chain(recover_all(self.played))
        return Trace(again.unwrap())

    def text(self, width: int = USUAL) -> str:
        """For a terminal of so many columns."""
        return text_of(self.lines(width))

    def lines(self, width: int, *, ascii_only: bool = False) -> list[Line]:
        """For whoever gives colours to it; ``ascii_only``: for terminals that have no other letters."""
        return trace_drawing.lines(self, width, ascii_only=ascii_only)

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return trace_drawing.data(self)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return trace_drawing.html_of(self)

    def _dirs(self) -> list[str]:
        return [cycle.work_dir for cycle in self.played.cycles if cycle.work_dir is not None]

    def _told(self) -> tuple[JobInfo, Explanation] | None:
        record, told = known_end(self.played.world, self.played.lives[-1])
        return None if record is None or told is None else (record, told)


def simulate(
    job: JobInfo,
    script: GivenScript = WELL,
    files: Mapping[str, int] | None = None,
    mishaps: Sequence[Mishap] = (),
    cycles: int | None = None,
    *,
    scratch: str | None = None,
) -> Result[Trace, Faults]:
    """Plays the job and all that follow it, at most so many. All arguments have been checked.

    ``files``: what is in the input directory at the beginning, name → bytes; the script itself always is.
    ``scratch``: where working directories go on the node, if anybody knows.
    """
    new = as_new(job)
    first, start = (1, 1) if job.loop is None else (job.loop.current, job.loop.start)
    world = world_of(new, scripts_by_cycle(script, first, start), files or {}, scratch)
    return run_chain(Played(new, world, limit=cycles), mishaps).map(Trace)


def _state_in(world: World, job: JobInfo) -> str:
    """What the last record in the input directory says."""
    found = [record for _, record in records(world, job.input_dir, job.input_machine)]
    return str(found[-1].state) if found else "without a record"
