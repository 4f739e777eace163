"""Law 8, honesty: the model world and the real one agree. The same effects from the same start give the same trees.

Two ways: lists of effects that hypothesis makes up, and whole lives that the core decides in each world by itself.
After every effect the answers are compared, and all that stands below the top.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from pyrsistent import PVector, pvector

from property_tests.honesty.agreeing import SCRIPT, TEXT, agree
from property_tests.honesty.lives import Turn, booted, live, recovering
from property_tests.honesty.model_side import ModelSide
from property_tests.honesty.orders import ARCHIVE, AWAY, HOME, WORK, Book, Doing, Order, happenings, programs
from property_tests.honesty.real_side import RealSide
from property_tests.honesty.sides import HERE, Happens
from property_tests.sweep.jobs import job
from qq.core.effects import CreateRecord, Location
from qq.core.job_names import runtime_files
from qq.core.moments import Written
from qq.core.records.job import JobInfo
from qq.core.records.values import Modes
from qq.core.replacing import replace
from qq.core.states import JobType
from qq.shell.perform.dispatch import Hands
from qq.shell.signals import listening

REAL = settings(max_examples=max(20, settings().max_examples * 2 // 5))
"""Real files take long: two fifths of the profile's examples."""


@contextmanager
def both_sides(code: int = 0) -> Iterator[tuple[ModelSide, RealSide]]:
    """Both worlds, with a script at home."""
    with tempfile.TemporaryDirectory() as room, listening() as signals:
        top = Path(room).resolve() / "top"
        top.mkdir()
        hands = Hands(signals=signals)
        text = TEXT.replace("CODE", str(code))
        sides = ModelSide(top, replace(SCRIPT, exit_code=code), len(text)), RealSide(top, hands, text.encode())
        for side in sides:
            side.happen(Happens("directory", "home"))
            side.happen(Happens("directory", "scratch"))
            side.happen(Happens("script", "home/run.sh", 1))
        yield sides


_RECORD_SET_ASIDE: list[Doing] = [
    Order("create record"),
    Order("list"),
    Order("make", WORK),
    Order("copy", HOME, WORK),
    Order("write record"),
    Order("write record", more=("x",), yes=True),
    Order("list", WORK),
    Order("copy", WORK),
    Order("place", WORK),
]
"""The record came along to the working directory, was written anew at home, and is brought home as it was."""


_RUN_TWICE: list[Doing] = [
    Order("make", ARCHIVE),
    Order("list"),
    Order("copy", HOME, WORK),
    Order("run"),
    Order("list", WORK),
    Order("copy", WORK, AWAY, number=1),
    Order("run"),
]
"""The script's output has a second name in the archive when it runs again: that one keeps the first output."""

_LINKED_TO_ITSELF: list[Doing] = [
    Order("make", WORK),
    Order("list"),
    Order("copy", HOME, WORK),
    Order("list", WORK),
    Order("copy", WORK, WORK, number=1),
    Order("copy", WORK, AWAY, number=1),
    Order("copy", WORK, AWAY, number=1, yes=True),
]
"""What would be linked is there already, at last as the very name that is to be linked."""

_DIRECTORY_GIVES_WAY: list[Doing] = [
    Happens("directory", "home/a"),
    Order("create record"),
    Order("make", ARCHIVE),
    Order("list"),
    Order("copy", HOME, WORK),
    Order("list", WORK),
    Order("copy", WORK, AWAY),
    Happens("written", "home/storage/a"),
    Order("place", WORK, AWAY, more=("in.dat", "a")),
]
"""A file stands where a directory should go that gives way to what is there."""

_HALF_OF_TWO_NAMES: list[Doing] = [
    Happens("written", "home/in.dat", size=20),
    Happens("second name", "home/second", other="home/in.dat"),
    Order("create record"),
    Order("list"),
    Order("make", WORK),
    Order("copy", HOME, WORK),
    Order("stage"),
    Order("list", WORK),
    Order("copy", WORK),
    Order("write record", number=1, yes=True),
    Order("place", WORK),
]
"""Two names of one file are placed over their like, and the work ends between them."""


@REAL
@given(programs())
@example(_RECORD_SET_ASIDE)
@example(_RUN_TWICE)
@example(_LINKED_TO_ITSELF)
@example(_DIRECTORY_GIVES_WAY)
@example(_HALF_OF_TWO_NAMES)
def test_law_8_the_same_effects_give_the_same_trees_in_both_worlds(doings: list[Doing]) -> None:
    record = replace(job(JobType.STANDARD), job_id="1")
    with both_sides() as sides:
        agree(sides, [Book(side.top, record) for side in sides], doings)


# --- whole lives ------------------------------------------------------------------------------------------------------

_WORDS: list[str | int] = ["success", "failure", "always", "never", 3]
_MODES = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=2, unique=True).map(lambda words: Modes(tuple(words)))
_AT_HOME = st.dictionaries(
    st.sampled_from(
        ["in.dat", "log", "data/table", "d/e", "storage/job0001.x", "storage/job0002.x", "storage/log", "job0001.y"]
    ),
    st.sampled_from([0, 12, 20]),
    max_size=6,
)
_OTHERS = happenings(st.sampled_from(["home", "home", "home/storage", "scratch/w"])) | st.builds(
    Happens,
    what=st.sampled_from(["written", "in place", "sneaky"]),
    path=st.sampled_from(["home/log", "home/data/table", "home/in.dat", "scratch/w/log", "scratch/w/in.dat"]),
    size=st.sampled_from([0, 20, 30]),
)
_TURNS = st.builds(
    Turn,
    happens=st.lists(_OTHERS, max_size=2).map(tuple),
    signal=st.sampled_from([False, False, False, True]),
    crash=st.sampled_from([False, False, True]),
)


@st.composite
def whole_jobs(draw: st.DrawFn) -> JobInfo:
    """A job of any type, in its first cycle; its place comes later."""
    kind, place = draw(st.sampled_from(JobType)), draw(st.sampled_from(["scratch_local", "scratch_local", "input_dir"]))
    made = job(kind, place)
    loop = made.loop and replace(made.loop, archive_mode=draw(_MODES))
    names = draw(st.sampled_from([(), (), ("d",), ("log",), ("link",)])) if place == "scratch_local" else ()
    included = pvector(f"{made.input_dir}/{name}" for name in names)
    return replace(made, transfer_mode=draw(_MODES), loop=loop, job_id="1.model", included=included)


def placed(record: JobInfo, top: Path) -> JobInfo:
    """The job as it stands below the top."""
    home = str(top / "home")

    def moved(paths: Iterable[str]) -> PVector[str]:
        return pvector(path.replace(record.input_dir, home) for path in paths)

    return replace(
        record,
        input_machine=HERE,
        input_dir=home,
        excluded=moved(record.excluded),
        included=moved(record.included),
    )


@REAL
@given(
    whole_jobs(),
    _AT_HOME,
    st.lists(_OTHERS, max_size=2),
    st.sampled_from([0, 0, 3, 95]),
    st.tuples(*[st.dictionaries(st.integers(0, 40), _TURNS, max_size=3)] * 2),
)
def test_law_8_whole_lives_are_the_same_in_both_worlds(
    record: JobInfo,
    files: dict[str, int],
    others: list[Happens],
    code: int,
    turns: tuple[dict[int, Turn], dict[int, Turn]],
) -> None:
    with both_sides(code) as sides:
        begin = [Happens("directory", f"home/{name}") for name in ("storage", "data", "d", ".qq-unknown")]
        begin += [Happens("written", f"home/{name}", size=size) for name, size in files.items()]
        for number, each in enumerate([*begin, *others], 100):
            for side in sides:
                side.happen(replace(each, stamp=number))
        made = placed(record, sides[0].top)
        info = f"{made.input_dir}/{runtime_files(made.job_name).info}"
        versions = [side.perform(CreateRecord(Location(info), made)) for side in sides]
        scratch = str(sides[0].top / "scratch/w") if made.resources.work_dir != "input_dir" else None
        firsts = [booted(made, each.version, info, scratch) for each in versions if isinstance(each, Written)]
        first, later = ({n: stamped(turn, 200 + 10 * n) for n, turn in each.items()} for each in turns)
        for words in {*live(sides, firsts, first)}:
            event(words)
        again = [recovering(side, info) for side in sides]
        if all(again):
            for words in {*live(sides, [each for each in again if each], later)}:
                event(f"recover: {words}")


def stamped(turn: Turn, stamp: int) -> Turn:
    """Every doing at a time of its own."""
    return replace(turn, happens=tuple(replace(each, stamp=stamp + n) for n, each in enumerate(turn.happens)))
