"""``outcomes(job)``: one row for every way the job can end, each of them played. Nothing here says what happens."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.explain import Explanation
from qq.core.lifecycle.decisions import goes_on, next_cycle, should_resubmit, uses_scratch
from qq.core.names import TEMPORARY_PREFIX
from qq.core.one_line import one_line
from qq.core.predicting import drawing
from qq.core.predicting.checks import code_fault
from qq.core.predicting.compare import Difference, compared
from qq.core.predicting.endings import Ending, covering, endings, example, example_input
from qq.core.predicting.layout import USUAL, Line, text_of
from qq.core.predicting.locating import faults_for
from qq.core.predicting.places import Files, contents, places, standing
from qq.core.predicting.playing import empties_scratch, is_over, known_end, lived
from qq.core.predicting.rows import Outcome
from qq.core.predicting.setting import FIRST, as_new, world_of
from qq.core.predicting.told import SYNC, WIPE, about_scratch, command
from qq.core.records.job import JobInfo
from qq.core.records.parse import shown
from qq.core.simulate.trace import Life
from qq.core.simulate.world import World


class Outcomes(Struct, frozen=True):
    """The table. ``outcomes[42]`` is the row for an exit code, ``outcomes["node lost while staging"]`` a named one."""

    job: JobInfo
    rows: PVector[Outcome]

    def __getitem__(self, ending: int | str) -> Outcome:
        wrong = code_fault(ending) if isinstance(ending, int) else None
        if wrong is not None:
            raise ValueError(wrong)
        words = covering(self.job, ending) if isinstance(ending, int) else ending
        found = next((row for row in self.rows if row.ending == words), None)
        if found is None:
            ways = ", ".join(row.ending for row in self.rows)
            raise KeyError(f"{shown(words)} is no way this job can end; ways are {ways}")
        return found

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, ending: object) -> bool:
        return any(ending in (row, row.ending) for row in self.rows)

    def diff(self, other: "Outcomes") -> Difference:
        """What is different for the other job: ``outcomes(job).diff(outcomes(job_with_other_options))``."""
        given: object = other
        if not isinstance(given, Outcomes):
            raise ValueError(f"{type(given).__name__} is no table of outcomes; make one with qq.outcomes(job)")
        return compared(self, given)

    def lines(self, width: int) -> list[Line]:
        """For whoever gives colours to it."""
        return drawing.outcomes_lines(self.rows, self.job, width)

    def text(self, width: int = USUAL) -> str:
        """For a terminal of so many columns."""
        return text_of(self.lines(width))

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {"job_name": self.job.job_name, "outcomes": [row.data() for row in self.rows]}

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return drawing.outcomes_html(self.rows, self.job)


def outcomes(job: JobInfo, scratch: str | None = None) -> Outcomes:
    """Every way the job, as it is about to be submitted, can end. ``scratch``: as for ``plan``."""
    return Outcomes(job, pvector(_rows(job, scratch)))


def _rows(job: JobInfo, scratch: str | None) -> Iterator[Outcome]:
    new = as_new(job)
    lives: dict[int, tuple[World, Life, World]] = {}
    for ending in endings(new):
        if ending.code not in lives:
            start = world_of(new, (example(new, ending.code),), {example_input(new): 1}, scratch)
            lives[ending.code] = (start, *lived(start, FIRST))
        start, life, after = lives[ending.code]
        if ending.mishap is not None:
            faults = faults_for(life, ending.mishap)
            if not faults:
                continue  # what stands in its way earlier is told in the rows before
            life, after = lived(start, FIRST, faults)
        yield _row(job, ending, life, after)


def _row(job: JobInfo, ending: Ending, life: Life, after: World) -> Outcome:
    over = is_over(after, FIRST)
    emptied = over and empties_scratch(job)
    record, told = known_end(after, life)
    assert record is not None and told is not None  # nothing that happens here takes the record away
    dirs = [record.work_dir] if record.work_dir is not None else []
    now, left = places(after, record, dirs), standing(after, record, dirs)
    made = {name: content for (_, name), content in after.made.items()}
    stand = contents(after)
    home, stays = _made(now.input_dir, made), _made(now.work_dir, made)
    about = about_scratch(after, told, record)
    return Outcome(
        ending=ending.words,
        script_exit_code=record.script_exit_code,
        exit_code=life.exit_code,
        state=str(told.state),
        home=home,
        archived=pvector(name for name in sorted(now.archive) if not name.startswith(TEMPORARY_PREFIX)),
        stays=stays,
        work_dir=left[0] if left else None,
        lost=pvector(name for name, content in sorted(made.items()) if content not in stand),
        chain=_chain(record, told, after) if over else _again(record),
        next_command=command(told, record) or about,
        why="; ".join([one_line(told.words) or _well(record), *_more(record, about, emptied)]),
    )


def _more(record: JobInfo, about: str, emptied: bool) -> Iterator[str]:
    if about == WIPE:
        yield "what is left on scratch may go"
    if emptied and record.delivered is None and uses_scratch(record):
        yield "this site empties scratch when a job is over: what stood there is lost"
    elif about == SYNC and record.script_exit_code is not None:
        yield f"transfer mode {record.transfer_mode} leaves the results on scratch: qq sync fetches them"
    elif about == SYNC:
        yield "qq sync fetches what it made"


def _made(files: Files, made: Mapping[str, object]) -> PVector[str]:
    """Those of the files that the script made."""
    return pvector(name for name, node in sorted(files.items()) if made.get(name) == node.content)


def _chain(record: JobInfo, told: Explanation, after: World) -> str:
    if not goes_on(record):
        return ""
    if after.batch.waiting:
        cycle = next_cycle(record)
        return "the next run follows" if cycle is None else f"cycle {cycle} follows"
    code = record.script_exit_code
    if "qq recover" in told.next_command and should_resubmit(record, 0 if code is None else code):
        return "stops until qq recover"
    return "ends"


def _again(record: JobInfo) -> str:
    return "starts anew" if record.script_exit_code is None else "starts again to end it"


def _well(record: JobInfo) -> str:
    if not uses_scratch(record):
        return "the script worked in the input directory: everything is there"
    return "the results are at home, each of them verified" if record.delivered else "the script ended well"
