"""Law 6: ``decide`` is deterministic and total, and every effect but ``RunScript`` done twice is done once."""

from hypothesis import event, given
from hypothesis import strategies as st
from pyrsistent import pvector

from property_tests.strategies.jobs import FEW, jobs
from property_tests.sweep.jobs import HOME_HOST, NODE, Case, world_of
from property_tests.test_laws import any_case, faults_of
from qq.core import effects as e
from qq.core import moments as m
from qq.core.evidence import Absent, NotAnswered, Seen
from qq.core.lifecycle.decide import Step, decide
from qq.core.listing import Entry, Listing
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate.chain import booted, lives_of, run_all, run_job
from qq.core.simulate.draft import Draft, nodes_below
from qq.core.simulate.faults import Crash, Fault
from qq.core.simulate.perform import Stopped, perform
from qq.core.simulate.records import Refusal
from qq.core.simulate.trace import NOTHING, Trace, kept
from qq.core.simulate.world import EPOCH, World
from qq.core.states import BatchState
from qq.core.troubles import Reason, Trouble

MAX_STEPS = 60
BUG = 99


# --- deterministic ----------------------------------------------------------------------------------------------------


@given(st.data())
def test_law_6_the_same_worlds_and_faults_give_the_same_lives(data: st.DataObject) -> None:
    case = data.draw(any_case())
    faults = data.draw(faults_of(case))
    one, other = (run_all(Trace(NOTHING, world_of(case)), faults) for _ in range(2))
    assert [life.steps for life in one.lives] == [life.steps for life in other.lives]


# --- total ------------------------------------------------------------------------------------------------------------

_PATHS = st.sampled_from([b"run.sh", b"log", b"data", b"data/table", b"job0001.xtc", b"run.out", b"run+0001.out", b"a"])
_ENTRIES = st.builds(
    Entry, _PATHS, st.sampled_from([b"f", b"d", b"l"]), st.integers(0, 9), *[st.integers(0, 3)] * 3, st.just(b"")
)
_LISTINGS = st.lists(_ENTRIES, max_size=4, unique_by=lambda entry: entry.path).map(Listing.of)
_MAYBE = st.none() | _LISTINGS
_TOKENS = st.sampled_from(["t0k3n", "other"])
_VERSIONS = st.builds(e.Version, _TOKENS, st.integers(1, 3), st.text("ab", max_size=2))
_TROUBLES = st.builds(Trouble, st.sampled_from(Reason), st.just("words"), st.booleans())
_MARKS = st.builds(
    m.Mark,
    token=_TOKENS,
    attempt=st.integers(1, 3),
    job_id=st.sampled_from(["1.model", "2"]),
    exit_code=st.none() | st.sampled_from([0, 1, 95, 143]),
    work=_MAYBE,
    home=_MAYBE,
    archive=_MAYBE,
    synced=_LISTINGS,
    proved=st.booleans(),
)


def _answers(record: JobInfo) -> st.SearchStrategy[m.Answer]:
    """Any answer of any effect."""
    others = st.sampled_from([record, replace(record, token="other"), replace(record, attempt=record.attempt + 1)])
    names = st.lists(_PATHS, max_size=2).map(pvector)
    return st.one_of(
        st.just(m.Ok()),
        st.builds(m.Written, _VERSIONS),
        st.builds(m.RecordFound, st.none() | others, st.integers(0, 2), st.none() | _VERSIONS),
        st.builds(m.Listed, _MAYBE),
        st.builds(m.MarkRead, st.none() | _MARKS, st.booleans()),
        st.builds(m.Staged, _LISTINGS, _LISTINGS, _LISTINGS),
        st.builds(m.Verified, _LISTINGS),
        st.builds(m.Placed, st.just(pvector([(b"a", b"a.before-x")])), names),
        st.builds(m.Removed, names),
        st.builds(m.ScriptEnded, st.sampled_from([0, 1, 95, 143])),
        st.builds(m.FoundJob, st.none() | st.just("7.model")),
        st.just(m.Submitted("8.model")),
    )


@st.composite
def nonsense(draw: st.DrawFn, step: Step, first: m.Moment) -> m.Moment:
    """Any moment, whether it can come here or not."""
    assert step.run is not None
    record = step.run.job
    known = tuple(draw(st.lists(_answers(record), max_size=4)))
    effect = draw(st.sampled_from([*step.effects, e.Say("hello")]))
    ended = replace(record, state=draw(st.sampled_from(type(record.state))))
    disk = draw(st.none() | st.sampled_from([record, step.run.disk, replace(record, token="other"), ended]))
    return draw(
        st.sampled_from(
            [
                m.Done(known, EPOCH),
                m.Done(known, EPOCH),
                m.EffectFailed(effect, draw(_TROUBLES), known, EPOCH),
                m.Refused(effect, disk, draw(st.none() | _VERSIONS), known, EPOCH),
                m.Terminated(15, known, EPOCH),
                first,
            ]
        )
    )


def _is_nonsense(step: Step, moment: m.Moment) -> bool:
    """Whether this can't have come of these effects, whatever the world did."""
    match moment:
        case m.Booted() | m.Recovering():
            return True
        case m.Refused():
            # What comes after the end is looked for where it is made, too: there a refusal is an answer.
            records = e.WriteRecord | e.CreateRecord | e.ReadRecord
            return not any(isinstance(effect, records) for effect in step.effects)
        case m.Done(answers):
            ended = sum(isinstance(answer, m.ScriptEnded) for answer in answers)
            return any(isinstance(effect, e.RunScript) for effect in step.effects) and ended != 1
        case _:
            return False


def _sensible(world: World, step: Step) -> tuple[World, m.Moment]:
    """What comes of it in the model world."""
    known: list[m.Answer] = []
    for effect in step.effects:
        done = perform(world, effect)
        world = done.world
        match done.outcome:
            case Trouble():
                return world, m.EffectFailed(effect, done.outcome, tuple(known), world.time)
            case Refusal(job, version):
                return world, m.Refused(effect, job, version, tuple(known), world.time)
            case Stopped():
                return world, m.Terminated(15, tuple(known), world.time)
            case _:
                known.append(done.outcome)
    return world, m.Done(tuple(known), world.time)


_EVIDENCE = st.one_of(
    st.just(Absent()),
    st.just(NotAnswered("silent")),
    st.sampled_from(BatchState).map(lambda state: Seen(job_id="1.model", state=state)),
)


@st.composite
def firsts(draw: st.DrawFn, record: JobInfo) -> m.Moment:
    """A life begins, somehow."""
    version, at = e.Version(record.token, record.attempt, "v"), e.Location(f"{record.input_dir}/run.qqinfo")
    host = draw(st.sampled_from([HOME_HOST, NODE]))
    if draw(st.booleans()):
        return m.Recovering(
            record=record,
            version=version,
            record_at=at,
            evidence=draw(_EVIDENCE),
            host=host,
            input_shared=draw(st.booleans()),
            now=EPOCH,
        )
    return m.Booted(
        record=record,
        version=version,
        record_at=at,
        token=draw(st.none() | st.sampled_from([record.token, "other"])),
        job_id=record.job_id if record.job_id is not None and draw(st.booleans()) else "1.model",
        batch_system=draw(st.sampled_from([record.batch_system, "PBS"])),
        host=host,
        nodes=pvector(draw(st.sampled_from([[], [host]]))),
        scratch=draw(st.none() | st.just("/scratch/job_1.model")),
        taken=draw(st.frozensets(st.integers(1, 3), max_size=2)),
        input_shared=draw(st.booleans()),
        now=EPOCH,
    )


def _decided(before: Step | None, moment: m.Moment) -> Step:
    """One decision, which is one that can be made, and the same when it is made again."""
    run = None if before is None else before.run
    step = decide(run, moment)
    assert decide(run, moment) == step
    if step.exit_code is not None:
        assert 0 <= step.exit_code <= 255 and not step.effects
    else:
        assert step.effects and step.run is not None
    return step


@given(st.data())
def test_law_6_decide_is_total_in_every_run_that_can_be_reached(data: st.DataObject) -> None:
    """Sense and nonsense in any order: never an exception, and an end has no effects."""
    case: Case = data.draw(any_case())
    world = replace(world_of(case), here=NODE)
    first: m.Moment | None = None
    if data.draw(st.sampled_from([True, True, True, False])):
        first = booted(Draft(world), "1.model")
    if first is None:
        first = data.draw(firsts(replace(case.job, job_id=data.draw(st.none() | st.just("1.model")))))
    step = _decided(None, first)
    sense = data.draw(st.integers(0, 30))
    for number in range(MAX_STEPS):
        if step.exit_code is not None or step.run is None:
            break
        if number < sense or data.draw(st.booleans()):
            world, moment = _sensible(world, step)
        else:
            moment = data.draw(nonsense(step, first))
            event(f"nonsense in {step.run.phase}")
            if _is_nonsense(step, moment):
                assert _decided(step, moment).exit_code == BUG
        step = _decided(step, moment)
    event(f"exit {step.exit_code}")


@FEW
@given(st.data())
def test_law_6_decide_is_total_for_every_record_that_can_be_built(data: st.DataObject) -> None:
    first = data.draw(firsts(data.draw(jobs())))
    step = _decided(None, first)
    for _ in range(6):
        if step.exit_code is not None:
            break
        step = _decided(step, data.draw(nonsense(step, first)))
    event(f"exit {step.exit_code}")


# --- twice is once ----------------------------------------------------------------------------------------------------


@given(st.data())
def test_law_6_every_effect_but_the_script_twice_is_once(data: st.DataObject) -> None:
    case = data.draw(any_case())
    life = data.draw(st.sampled_from(list(lives_of(world_of(case)).lives)))
    places = [i for i, each in enumerate(life.acted) if not isinstance(each.effect, e.RunScript | e.SubmitJob)]
    number = data.draw(st.sampled_from(places))
    effect, steps = life.acted[number].effect, life.acted[number].steps
    cut, _ = run_job(kept(life.before), life.job_id, [Fault(life.number, number, 0, Crash())])
    once = perform(kept(cut.after), effect)
    # The first time it may have been ended anywhere, as by a crash.
    limit = data.draw(st.none() | st.integers(1, max(1, steps)))
    first = perform(kept(cut.after), effect, limit)
    twice = perform(first.world, effect)
    event(f"{type(effect).__name__}, {'whole' if limit is None else 'cut off'}")
    assert _trees(twice.world) == _trees(once.world)
    assert type(twice.outcome) is type(once.outcome)


def _trees(world: World) -> object:
    """What stands where, but for times, inodes, and what a copy that was cut off has left for its next clearing."""
    return {
        (disk, path): (node.kind, node.size, node.content, node.target)
        for disk, root in world.disks.items()
        for path, node in nodes_below(root, b"/")
        if b"/.qq-part" not in path
    }
