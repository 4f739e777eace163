"""Laws 1 to 5 and 7, for jobs and faults that hypothesis makes up. Law 6: ``test_law_6_deciding.py``, law 8:
``test_law_8_honesty.py``, law 9: ``test_infofile.py``, ``test_other_hosts.py``; everybody acting at once:
``test_laws_together.py``; the exhaustive sweep: ``sweep``.
"""

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pyrsistent import pvector

from property_tests.sweep.jobs import EXCLUDED, HOME_HOST, INPUT_DIR, NODE, Case, by_name, job, world_of
from property_tests.sweep.laws import Known, files
from property_tests.sweep.sweep import TROUBLE, Requeued, Twin, Zombie, play
from qq.core.effects import Location, SubmitJob
from qq.core.job_names import job_name, runtime_files
from qq.core.records.job import JobInfo
from qq.core.records.values import Modes
from qq.core.replacing import replace
from qq.core.simulate import faults as f
from qq.core.simulate.chain import info_path, lives_of, run_all, settled, submitted
from qq.core.simulate.draft import Draft
from qq.core.simulate.life import positions
from qq.core.simulate.log import Log
from qq.core.simulate.records import record_in, stored
from qq.core.simulate.trace import NOTHING, Trace
from qq.core.simulate.world import Answering, Batch, Script, World
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason

NAMES = st.sampled_from(
    ["log", "in.dat", "inc.txt", "data/table", "data/new", "job0001.xtc", "job0002.xtc", "job0002.cpt", "d/e/f"]
)
SIZES = st.integers(0, 9)
CODES = st.sampled_from([0, 0, 0, 1, 42, 95])
WORDS: list[str | int] = ["success", "failure", "always", "never", 42]
MODES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(lambda words: Modes(tuple(words)))
SCRIPTS = st.builds(
    Script,
    exit_code=CODES,
    writes=st.dictionaries(NAMES, SIZES, max_size=4),
    removes=st.lists(NAMES, max_size=2).map(tuple),
    runs_for=st.sampled_from([1.0, 3600.0, 100_000.0]),
)
FILES = st.dictionaries(
    st.sampled_from(["in.dat", "data/table", "log", "storage/job0001.xtc", "storage/job0002.cpt", "job0001.xtc"]),
    SIZES,
    max_size=4,
).map(lambda files: {"run.sh": 1, EXCLUDED: 1, **files})
BOOLEANS = st.booleans()
EXCLUDED_PATHS = st.lists(st.sampled_from(["in.dat", "data", "log", "job0001.xtc"]), max_size=2, unique=True).map(
    lambda names: pvector(f"{INPUT_DIR}/{name}" for name in names)
)
INCLUDED_PATHS = st.lists(st.sampled_from(["in.dat", "data/table"]), max_size=1).map(
    lambda names: pvector(f"{INPUT_DIR}/{name}" for name in names)
)


@st.composite
def any_case(draw: st.DrawFn, scratch: st.SearchStrategy[bool] = BOOLEANS, paths: bool = False) -> Case:
    """A job, its scripts, and what stands at home. ``paths``: other excluded and included paths, too."""
    kind = draw(st.sampled_from(JobType))
    on_scratch = draw(scratch)
    plain = job(kind, "scratch_local" if on_scratch else "input_dir", end=draw(st.integers(1, 3)))
    loop = plain.loop and replace(plain.loop, archive_mode=draw(MODES))
    made = replace(plain, transfer_mode=draw(MODES), loop=loop)
    if paths:
        excluded, included = made.excluded + draw(EXCLUDED_PATHS), made.included + draw(INCLUDED_PATHS)
        made = replace(made, excluded=excluded, included=included)
    # A continuous job comes to an end by itself.
    scripts = (*draw(st.lists(SCRIPTS, min_size=1, max_size=3)), Script(95))
    return Case("any", made, scripts, draw(FILES), (), shared=draw(st.booleans()))


def crashes(case: Case) -> st.SearchStrategy[f.What]:
    """kill -9, a signal, an effect that fails."""
    crash = st.builds(f.Crash, requeue=st.booleans())
    fails = st.builds(f.Fails, trouble=st.just(TROUBLE), times=st.sampled_from([1, 2, f.ALWAYS]))
    return st.one_of(crash, crash, st.just(f.Signal()), fails)


def losses(case: Case) -> st.SearchStrategy[f.What]:
    """What takes files, or the room for them, away; and the user's own edits."""
    full = st.sampled_from(["home", "scratch"]).map(f.DiskFull)
    gone = st.sampled_from([f.Crash(then=f.DiskLost("scratch")), f.Crash(then=f.HostLost(NODE))])
    return st.one_of(full, gone, edits(case))


def edits(case: Case) -> st.SearchStrategy[f.What]:
    """The user goes on working at home."""
    return st.sampled_from(["in.dat", "log", "data/table"]).map(lambda name: f.UserWrites(HOME_HOST, INPUT_DIR, name))


def kills(case: Case) -> st.SearchStrategy[f.What]:
    """The user, and the batch system for them."""
    return st.sampled_from([f.UserKills(Location(info_path(case.job))), f.Signal()])


def doubles(case: Case) -> st.SearchStrategy[f.What]:
    """Second copies of a job, nodes that come back, and a batch system that does not say what it has."""
    batch = st.sampled_from(Answering).map(f.BatchBecomes)
    others = [f.Elsewhere(make) for make in (Twin("1.model"), Zombie(""), Zombie("", whole=False))]
    return st.one_of(st.sampled_from(others), batch, st.just(f.BatchForgets()))


def comebacks(case: Case) -> st.SearchStrategy[f.What]:
    """Nodes that were given up, and come back; second copies."""
    makes = (Zombie(""), Zombie("", whole=False), Twin("1.model"), Requeued(""))
    halfway = st.integers(0, 30).map(lambda effects: f.Elsewhere(Requeued("", effects)))
    return st.one_of(st.sampled_from([f.Elsewhere(make) for make in makes]), halfway)


def anything(case: Case) -> st.SearchStrategy[f.What]:
    """What may come."""
    return st.one_of(crashes(case), losses(case), kills(case), doubles(case))


Whats = Callable[[Case], st.SearchStrategy[f.What]]


@st.composite
def faults_of(draw: st.DrawFn, case: Case, whats: Whats = anything) -> tuple[f.Fault, ...]:
    """Up to three faults, each at a place that exists in an undisturbed chain, or soon after it.

    Half of them at any micro-step, half in an effect of any kind: most steps are those of copies.
    """
    lives = lives_of(world_of(case)).lives
    found = []
    for _ in range(draw(st.integers(1, 3))):
        life = draw(st.sampled_from(list(lives)))
        places = positions(life)
        if draw(st.booleans()):
            kind = draw(st.sampled_from(sorted({type(acted.effect).__name__ for acted in life.acted})))
            places = [place for place in places if type(life.acted[place[0]].effect).__name__ == kind]
        effect, step = draw(st.sampled_from(places))
        later = draw(st.integers(0, 2))
        found.append(f.Fault(life.number + later, effect, step, draw(whats(case))))
    return tuple(found)


def judged(data: st.DataObject, whats: Whats, cases: st.SearchStrategy[Case] | None = None) -> None:
    """A chain with faults, recovery to its fixpoint, and no law broken: none of them, whatever this test is called.

    If all that came was a crash, a signal or a failure, home looks as if nothing had come.
    """
    case = data.draw(any_case() if cases is None else cases)
    faults = data.draw(faults_of(case, whats))
    world = world_of(case)
    for fault in faults:
        event(type(fault.what).__name__)
    event(f"{case.job.job_type}")
    undisturbed = settled(lives_of(world), INPUT_DIR, HOME_HOST) if whats is crashes else None
    trace, broken = play(case, world, faults, undisturbed, Known.before(world))
    event(f"{sum(life.recovering for life in trace.lives)} recoveries")
    assert not broken, f"{broken}\n{faults}\n{trace}"


@given(st.data())
def test_law_1_nothing_is_lost_whatever_takes_files_or_room_away(data: st.DataObject) -> None:
    judged(data, lambda case: st.one_of(edits(case), losses(case), crashes(case)))


@given(st.data())
def test_law_2_home_gains_only_what_a_mode_allowed_a_known_code(data: st.DataObject) -> None:
    judged(data, lambda case: st.one_of(kills(case), crashes(case)), any_case(scratch=st.just(True)))


@given(st.data())
def test_law_3_excluded_and_included_paths_and_the_archive_stay_where_they_are(data: st.DataObject) -> None:
    judged(data, anything, any_case(scratch=st.just(True), paths=True))


@given(st.data())
def test_law_4_a_script_runs_once_to_a_recorded_code_and_the_next_job_follows_a_finished_one(
    data: st.DataObject,
) -> None:
    judged(data, lambda case: st.one_of(doubles(case), crashes(case)))


@given(st.data())
def test_law_5_an_end_is_an_end_and_links_are_set_once(data: st.DataObject) -> None:
    requeued = st.just(f.Crash(requeue=True))
    judged(data, lambda case: st.one_of(comebacks(case), comebacks(case), requeued, kills(case), crashes(case)))


@given(st.data())
def test_law_7_recovering_to_a_fixpoint_leaves_nothing_half_done(data: st.DataObject) -> None:
    judged(data, crashes)


def test_law_4_a_cycle_whose_predecessor_did_not_finish_moves_nothing() -> None:
    case = by_name("loop")
    first = case.job
    assert first.loop is not None
    name = job_name(first.script_name, first.job_type, 2)
    names = runtime_files(name)
    second = replace(
        first,
        job_name=name,
        stdout_file=names.out,
        stderr_file=names.err,
        loop=replace(first.loop, current=2),
        token="second",
    )
    for state in RecordState:
        world = submitted(_with_record(case, replace(first, state=state)), second)
        before = files(world, "home")
        trace = run_all(Trace(NOTHING, world))
        said = f"{INPUT_DIR}/{names.qqout}".encode()  # by the batch system
        moved = (files(trace.world, "home").keys() ^ before.keys()) - {said}
        if state is RecordState.FINISHED:
            assert trace.lives[0].exit_code == 0
            continue
        assert (trace.lives[0].exit_code, moved) == (91, set())
        record = record_in(trace.world, Location(info_path(second)))
        assert record is not None
        assert record[0].failure is not None
        assert Reason.by_number(record[0].failure.number) is Reason.PREVIOUS_NOT_FINISHED


@pytest.mark.parametrize("name", ["loop", "continuous"])
@pytest.mark.parametrize("whole", [True, False])
def test_law_5_the_link_that_a_recovery_set_stays_though_the_first_life_could_not_submit(
    name: str, whole: bool
) -> None:
    """Whatever the first life was about to do when the user, elsewhere, recovered its job."""
    case = by_name(name)
    world = world_of(case)
    acted = lives_of(world).lives[0].acted
    submits = next(number for number, each in enumerate(acted) if isinstance(each.effect, SubmitJob))
    for later in range(submits + 1, len(acted) + 1):
        recovers = f.Fault(1, later, 0, f.Elsewhere(Zombie("", whole)))
        trace, broken = play(
            case, world, (f.Fault(1, submits, 0, f.Fails(TROUBLE)), recovers), None, Known.before(world)
        )
        assert not broken, f"{broken}\n{later}\n{trace}"


def _with_record(case: Case, job: JobInfo) -> World:
    """The world in which only this record stands, and no job of it is known."""
    world = world_of(case)
    draft = Draft(replace(world, batch=Batch(), events=Log()))
    stored(draft, draft.spot(Location(info_path(job))), job)
    return draft.freeze()


@pytest.mark.parametrize("name", ["standard-here", "loop-here", "continuous-here"])
def test_laws_hold_where_a_node_comes_back_while_it_stages(name: str) -> None:
    case = by_name(name)
    for late, effects in product(range(6), range(13)):
        fault = f.Fault(1, late, 0, f.Elsewhere(Requeued("", effects)))
        world = world_of(case)
        trace, broken = play(case, world, (fault,), None, Known.before(world))
        assert not broken, f"{broken}\n{fault}\n{trace}"
