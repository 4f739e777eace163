"""All the laws while user, batch system, nodes and ``qq run`` act together, in any order that is possible.

Lives are played effect by effect, several at a time; commands decide by the core's own functions. At the end all is
kind again, everybody ends what they were at, and recovery comes to its fixpoint: law 7.
"""

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from property_tests.machine import users
from property_tests.machine.living import Living, born, go_on
from property_tests.sweep.jobs import HOME_HOST, INPUT_DIR, NODE, Case, empty_world
from property_tests.sweep.laws import NO_SCRIPTS, Known, after_life, at_the_end, holds
from property_tests.sweep.sweep import kind_again
from property_tests.test_laws import any_case
from qq.core.effects import Location
from qq.core.exitcodes import NO_RECORD
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate import faults as f
from qq.core.simulate.batch import ended, next_id, next_to_start, requeued, take
from qq.core.simulate.chain import booted, info_path, records, settled, submitted
from qq.core.simulate.draft import Draft
from qq.core.simulate.records import record_in
from qq.core.simulate.trace import NOTHING, Trace
from qq.core.simulate.world import SECOND, Answering, World
from qq.core.states import BatchState
from qq.core.wiping import directories

WHICH = st.integers(0, 3)
EFFECTS = st.integers(1, 12)
LIMITS = st.integers(0, 6)
NAMES = st.sampled_from(["in.dat", "log", "data/table", "job0001.xtc"])
MAX_STEPS = 3000


class Together(RuleBasedStateMachine):
    """Everybody at once."""

    def __init__(self) -> None:
        super().__init__()
        self.lives: list[Living] = []
        self.touched: set[str] = set()
        self.tokens = 0
        self.number = 0
        self.ever_lost = False
        self.gone: set[str] = set()
        self.undone = False
        self.without_id: tuple[Location, str] | None = None

    @initialize(case=any_case(), late=st.booleans())
    def begin(self, case: Case, late: bool) -> None:
        """The user has submitted a job; its record may still be without its id."""
        self.case = case
        self.world = empty_world(case)
        self._submit(case.job, late)
        self.known = Known.before(self.world)

    def _submit(self, job: JobInfo, late: bool) -> None:
        if not late:
            self.world = submitted(self.world, job)
            return
        at = Location(info_path(job))
        self.world = users.user_writes(self.world, at, job)
        draft = Draft(self.world)
        job_id = next_id(draft.batch)
        take(draft, job, job_id, None)
        self.world = draft.freeze()
        self.without_id = at, job_id

    # --- what is there to act on ---

    def _pick(self, which: int) -> Living | None:
        return self.lives[which % len(self.lives)] if self.lives else None

    def _records(self) -> list[users.Pair]:
        return list(records(self.world, INPUT_DIR, HOME_HOST))

    def _record(self, which: int) -> users.Pair | None:
        found = self._records()
        return found[which % len(found)] if found else None

    def _busy(self, job_id: str) -> bool:
        return any(life.job_id == job_id and not life.recovering for life in self.lives)

    def _over(self, life: Living, *, cut: bool = False, requeue: bool = False) -> None:
        self.lives.remove(life)
        if life.recovering or life.lost:
            return
        self.world = ended(self.world, life.job_id, None if cut else life.step.exit_code)
        if requeue:
            self.world = requeued(self.world, life.job_id)

    def _go_on(self, life: Living, limit: int | None = None, *, signal: bool = False) -> None:
        self.world = go_on(self.world, life, limit, signal=signal)
        assert life.step.exit_code != 99, "law 6: exit 99, a bug"
        if life.step.exit_code is not None:
            event(f"exit {life.step.exit_code}" + (" of a recovery" if life.recovering else ""))
            self._over(life)
            self.laws_1_to_5_hold()  # what one life did is not another one's

    # --- the batch system and the node ---

    @rule()
    def time_passes(self) -> None:
        """Everybody does one thing. Always possible."""
        self.world = replace(self.world, now=self.world.now + SECOND)
        for life in list(self.lives):
            self._go_on(life)

    @precondition(lambda self: next_to_start(self.world.batch) is not None)
    @rule()
    def a_job_starts(self) -> None:
        """The batch system starts the next one."""
        job_id = next_to_start(self.world.batch)
        assert job_id is not None
        job = self.world.batch.jobs[job_id]
        started = replace(job, state=BatchState.RUNNING, boots=job.boots + 1)
        self.world = replace(
            self.world, here=job.host, batch=self.world.batch.put(started), now=self.world.now + SECOND
        )
        first = booted(Draft(self.world), job_id)
        if first is None:
            self.world = ended(self.world, job_id, NO_RECORD)
            return
        self._born(first)

    def _born(self, first: object) -> None:
        self.number += 1
        life = born(first, self.number)  # type: ignore[arg-type]
        self.lives.append(life)
        if life.step.exit_code is not None:
            self._over(life)

    @precondition(lambda self: self.lives)
    @rule(which=WHICH, count=EFFECTS)
    def a_life_goes_on(self, which: int, count: int) -> None:
        """One of them does a few things."""
        life = self._pick(which)
        for _ in range(count):
            if life in self.lives and life is not None:
                self._go_on(life)

    @precondition(lambda self: self.lives)
    @rule(which=WHICH)
    def a_life_goes_to_its_end(self, which: int) -> None:
        """One of them does all that it has to do."""
        life = self._pick(which)
        assert life is not None
        self._to_its_end(life)

    @precondition(lambda self: self.lives or next_to_start(self.world.batch) is not None)
    @rule()
    def all_goes_well_for_a_while(self) -> None:
        """Whatever can start or go on does so, to its end."""
        for _ in range(3):
            if not self.lives and next_to_start(self.world.batch) is not None:
                self.a_job_starts()
            for life in list(self.lives):
                self._to_its_end(life)

    def _to_its_end(self, life: Living) -> None:
        for _ in range(MAX_STEPS):
            if life not in self.lives:
                return
            self._go_on(life)
        raise AssertionError("a life does not end")

    @precondition(lambda self: self.lives)
    @rule(which=WHICH, limit=LIMITS, requeue=st.booleans())
    def a_life_is_cut_off(self, which: int, limit: int, requeue: bool) -> None:
        """kill -9, or a power cut, right within the next effect."""
        life = self._pick(which)
        assert life is not None
        if limit and life.index < len(life.step.effects):
            self.world = go_on(self.world, life, limit)
        event("cut off")
        self._over(life, cut=True, requeue=requeue)

    @precondition(lambda self: self.lives)
    @rule(which=WHICH, limit=LIMITS)
    def a_signal_comes(self, which: int, limit: int) -> None:
        """The batch system asks for the end, right within the next effect."""
        life = self._pick(which)
        assert life is not None
        if limit and life.index < len(life.step.effects) and life.signal is None:
            self._go_on(life, limit, signal=True)
        life.signal = life.signal or 15
        event("signal")

    @precondition(lambda self: any(not life.lost for life in self.lives))
    @rule(which=WHICH, unreachable=st.booleans())
    def a_node_is_lost(self, which: int, unreachable: bool) -> None:
        """The batch system gives it up; it may come back, and goes on as if nothing had been."""
        life = self._pick(which)
        if life is None or life.lost or life.recovering:
            return
        self.world = ended(self.world, life.job_id, None)
        life.lost = self.ever_lost = True
        if unreachable:
            self.world = f.changed(self.world, f.HostLost(NODE))
        event("node lost")

    @precondition(lambda self: not self.world.hosts[NODE].reachable or self.world.full)
    @rule()
    def all_is_reached_again(self) -> None:
        """Hosts, and space."""
        answering = self.world.batch.answering
        kind = kind_again(self.world)
        self.world = replace(kind, batch=replace(kind.batch, answering=answering))

    @rule(answering=st.sampled_from(Answering))
    def the_batch_system_is_so_disposed(self, answering: Answering) -> None:
        """Kind, refusing or silent. A way out of every end: it can always be kind again."""
        self.world = f.changed(self.world, f.BatchBecomes(answering))

    @precondition(lambda self: not self.world.batch.forgets)
    @rule()
    def the_batch_system_forgets(self) -> None:
        """What is over."""
        self.world = f.changed(self.world, f.BatchForgets())

    @rule(disk=st.sampled_from(["home", "scratch"]))
    def a_disk_is_full(self, disk: str) -> None:
        """Until somebody makes room."""
        self.world = f.changed(self.world, f.DiskFull(disk))

    # --- the user ---

    @precondition(lambda self: self.without_id is not None)
    @rule()
    def the_id_is_added(self) -> None:
        """``qq submit`` comes to its end."""
        assert self.without_id is not None
        at, job_id = self.without_id
        self.world = users.happened(self.world, f.IdAdded(replace(at, host=HOME_HOST), job_id))
        self.without_id = None

    @rule(name=NAMES, removes=st.booleans())
    def the_user_edits(self, name: str, removes: bool) -> None:
        """At home."""
        self.touched.add(name)
        what = f.UserRemoves if removes else f.UserWrites
        self.world = users.happened(self.world, what(HOME_HOST, INPUT_DIR, name))

    @precondition(lambda self: self._records())
    @rule(which=WHICH)
    def the_user_kills(self, which: int) -> None:
        """First the record, then the batch system is asked, which may refuse."""
        at, job = self._record(which) or (None, None)
        assert at is not None and job is not None
        waiting = job.job_id in self.world.batch.waiting
        if not waiting:
            return
        self.world = users.kill_announced(self.world, at, job)
        if self.world.batch.answering is not Answering.KIND:
            self.world = users.kill_taken_back(self.world, at)
            return
        event("killed")
        living = [life for life in self.lives if life.job_id == job.job_id and not life.lost and not life.recovering]
        for life in living:
            life.signal = life.signal or 15
        if not living and job.job_id is not None:
            self.world = ended(self.world, job.job_id, None)

    @precondition(lambda self: self._records())
    @rule(which=WHICH)
    def a_kill_is_concluded(self, which: int) -> None:
        """Once the batch system says that the job is gone."""
        at, job = self._record(which) or (None, None)
        assert at is not None and job is not None
        self.world = users.kill_concluded(self.world, at, job)

    @precondition(lambda self: self._records())
    @rule(which=WHICH)
    def the_user_recovers(self, which: int) -> None:
        """One recovery more begins."""
        at, _job = self._record(which) or (None, None)
        assert at is not None
        here = replace(self.world, here=HOME_HOST)
        if record_in(here, at) is not None:
            self._born(users.recovering(here, at))

    @precondition(lambda self: self._records())
    @rule(which=WHICH)
    def the_user_syncs(self, which: int) -> None:
        """What came home with that came because the user asked for it."""
        at, job = self._record(which) or (None, None)
        assert at is not None and job is not None
        before = self.world
        self.world = users.sync(self.world, at, job)
        if self.world is not before:
            event("synced")
            self.known.see(self.world)

    @precondition(lambda self: self._records())
    @rule(which=WHICH)
    def the_user_respawns(self, which: int) -> None:
        """If the core lets them."""
        at, job = self._record(which) or (None, None)
        assert at is not None and job is not None
        if self.lives or at.path != info_path(job):
            return
        self.tokens += 1
        self.undone = True
        self.world = users.respawn(self.world, at, job, f"respawned{self.tokens}")

    @precondition(lambda self: self._records())
    @rule(which=WHICH)
    def the_user_clears(self, which: int) -> None:
        """If the core lets them."""
        at, job = self._record(which) or (None, None)
        assert at is not None and job is not None
        if not self.lives and at.path == info_path(job):
            # Who clears a record forgets the directories that it names.
            self.undone = True
            self.gone |= {one.path for one in directories(job)}
            self.world = users.clear(self.world, job)

    @precondition(lambda self: not self._records() and not self.world.batch.waiting and not self.lives)
    @rule(late=st.booleans())
    def the_user_submits_anew(self, late: bool) -> None:
        """The way out when everything has been cleared."""
        if self.world.batch.answering is Answering.KIND and "home" not in self.world.full:
            self.tokens += 1
            self._submit(replace(self.case.job, token=f"again{self.tokens}"), late)

    # --- the laws ---

    @invariant()
    def laws_1_to_5_hold(self) -> None:
        """At every moment."""
        if hasattr(self, "case"):
            self._judge(holds(self.case, self.known, self.world, frozenset(self.touched)))

    def _judge(self, broken: list[str]) -> None:
        broken = [words for words in broken if not self._is_excused(words)]
        assert not broken, "\n".join(broken)

    def _is_excused(self, words: str) -> bool:
        """What follows from what the user, or a lost node, has done."""
        # A node that comes back too late takes away what it staged when it hears that; DESIGN, INSPECT. If it dies
        # before that, it leaves a directory with copies of what is at home.
        if self.ever_lost and (
            words.startswith("law 3: a record travelled") or words.endswith("in the mark") or NO_SCRIPTS in words
        ):
            return True
        # Respawned, the next one has another token; cleared, it has no record.
        if self.undone and words.startswith("law 7: the job after"):
            return True
        return words in {
            f"law 7: {path} is left{how}, and no record names it" for path in self.gone for how in ("", NO_SCRIPTS)
        }

    def teardown(self) -> None:
        """All is kind again, everybody comes to an end, and recovery to its fixpoint: law 7."""
        if not hasattr(self, "case"):
            return
        self.world = kind_again(self.world)
        for life in list(self.lives):
            self._to_its_end(life)
            self.laws_1_to_5_hold()
        self.world = replace(self.world, life=self.number)
        trace = settled(Trace(NOTHING, self.world), INPUT_DIR, HOME_HOST)
        event(f"lives at the end: {len(trace.lives)}")
        touched = frozenset(self.touched)
        for each in trace.lives:
            self._judge(after_life(self.case, self.known, each, touched))
        if self._at_home(trace.world):
            self._judge(list(at_the_end(self.case, trace, None, self.known)))

    def _at_home(self, world: World) -> bool:
        return bool(records(world, INPUT_DIR, HOME_HOST))


TestLawsTogether = Together.TestCase
TestLawsTogether.settings = settings(stateful_step_count=40)
