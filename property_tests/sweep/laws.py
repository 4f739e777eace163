"""DESIGN's laws, as questions to lives that were played. Each gives the words of what is broken, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from property_tests.sweep.jobs import HOME_HOST, INCLUDED, INPUT_DIR, Case
from property_tests.sweep.oracle import (
    archive_of,
    comes_home,
    has_ended_as_it_should,
    included,
    is_archived,
    on_scratch,
    should_go_on,
)
from qq.core.job_names import is_runtime_name_of
from qq.core.lifecycle.decisions import next_token
from qq.core.names import MARK_SUFFIX
from qq.core.paths import to_bytes
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate.chain import records
from qq.core.simulate.draft import nodes_below
from qq.core.simulate.trace import Life, Trace, kept
from qq.core.simulate.tree import Node
from qq.core.simulate.world import (
    CodeNoted,
    Event,
    JobSubmitted,
    RecordWritten,
    ScriptStarted,
    TreeDestroyed,
    World,
)
from qq.core.states import JobType, RecordState

Words = Iterator[str]
Files = Mapping[bytes, Node]
NOT_OURS = 93
NO_SCRIPTS = ", where no script began"
"""What is said of a working directory that only a node that comes back too late may leave."""
_INPUT = to_bytes(INPUT_DIR) + b"/"


def files(world: World, disk: str) -> Files:
    """All files of a disk, by absolute path."""
    return {path: node for path, node in nodes_below(world.disks[disk], b"/") if node.kind != b"d"}


def jobs(world: World) -> list[JobInfo]:
    """All records at home and in the archive."""
    return [job for _, job in records(world, INPUT_DIR, HOME_HOST)]


class Known(Struct):
    """What is known before a life: the events so far, and what stood at home."""

    events: int = 0
    coded: dict[str, JobInfo | None] = field(default_factory=dict)
    """Tokens whose script's code was noted anywhere, with the record that has it."""
    noted: dict[str, int] = field(default_factory=dict)
    """Tokens → the last attempt that noted its code in the mark."""
    states: dict[str, JobInfo] = field(default_factory=dict)
    started: dict[tuple[str, int], str] = field(default_factory=dict)
    """Attempts whose script began, with its working directory."""
    destroyed: set[object] = field(default_factory=set)
    contents: frozenset[object] = frozenset()
    root: Node | None = None
    home: Files = field(default_factory=dict)

    @staticmethod
    def before(world: World) -> "Known":
        """Of a world in which a life is about to begin."""
        known = Known()
        for event in world.events:
            known.learn(event)
        known.see(world)
        return known

    def copy(self) -> "Known":
        """One that may learn on its own."""
        return replace(
            self,
            coded=dict(self.coded),
            noted=dict(self.noted),
            states=dict(self.states),
            destroyed=set(self.destroyed),
            started=dict(self.started),
        )

    def see(self, world: World) -> None:
        """What stands at home now."""
        if world.disks["home"] is not self.root:
            self.root, self.home = world.disks["home"], files(world, "home")
            self.contents = frozenset(node.content for node in self.home.values())

    def learn(self, event: Event) -> None:
        """The next event."""
        self.events += 1
        match event:
            case RecordWritten(after=JobInfo() as job):
                self.states[job.token] = job
                if job.script_exit_code is not None:
                    self.coded[job.token] = job
            case ScriptStarted(token=token, attempt=attempt, work_dir=work_dir):
                self.started[token, attempt] = work_dir
            case CodeNoted(token=token, attempt=attempt):
                known = self.states.get(token)
                if known is None or known.attempt <= attempt:  # not one that was given up meanwhile
                    self.coded.setdefault(token, None)
                    self.noted[token] = attempt
            case TreeDestroyed(contents=contents):
                self.destroyed |= contents
            case _:
                pass


def after_life(case: Case, known: Known, life: Life, touched: frozenset[str]) -> list[str]:
    """What must hold after every single life. ``touched``: names at home that the user meddled with."""
    broken = [*_boots(life), *holds(case, known, kept(life.after), touched)]
    if life.exit_code == 99:
        broken.append("law 6: exit 99, a bug")
    return broken


def holds(case: Case, known: Known, world: World, touched: frozenset[str]) -> list[str]:
    """What must hold at every moment: laws 1 to 5, for what happened since ``known``, which learns it."""
    broken: list[str] = []
    for event in world.events[known.events :]:
        broken += _event(world, known, event)
        known.learn(event)
    old = known.contents
    known.see(world)
    scratch = files(world, "scratch")
    broken += _nothing_is_lost(case, world, known, scratch, touched)
    broken += _home_gains_only_what_may_come(case, known, old)
    broken += _what_never_travels(case, known.home, scratch)
    return broken


def _boots(life: Life) -> Words:
    """A second copy, and a job that the user killed, exit 93 and touch nothing."""
    job = life.job
    if life.recovering or job is None:
        return
    waits = kept(life.before).batch.jobs[life.job_id]
    second = job.token == waits.token and job.job_id not in (None, life.job_id)
    if (second or (job.killed_by is not None and job.token == waits.token)) and _acted(life):
        yield f"law 4: {life.job_id} touched something, though the record says {job.job_id} and {job.killed_by}"


def _acted(life: Life) -> bool:
    return life.exit_code != NOT_OURS or any(acted.steps for acted in life.acted)


def _nothing_is_lost(case: Case, world: World, known: Known, scratch: Files, touched: frozenset[str]) -> Words:
    stands = known.contents | {node.content for node in scratch.values()}
    dropped = included(case.job)
    # Where the archive has a file of that name, the script began with that one and not with the user's.
    edited = (pair for pair in world.edited.items() if f"storage/{pair[0][1]}" not in case.files)
    for (_, name), content in (*world.made.items(), *edited):
        if content not in stands and name.split("/")[0] not in dropped:
            yield from _missing(world, known, name, content)
    for name in case.files:
        # What was staged from the archive is called by its last name there, where the script may have written it.
        written = any((INPUT_DIR, each) in world.made for each in (name, name.rpartition("/")[2])) or name in touched
        if f"original {INPUT_DIR}/{name}" not in stands and not written and not _removed(case, name):
            yield f"law 1: {name} of the user's is gone"


def _removed(case: Case, name: str) -> bool:
    names = (name, name.rpartition("/")[2])
    return not callable(case.scripts) and any(each in script.removes for script in case.scripts for each in names)


def _missing(world: World, known: Known, name: str, content: object) -> Words:
    if content not in known.destroyed:
        yield f"law 1: {name} ({content}) is nowhere"
        return
    token = str(content).partition("@")[2]
    for job in jobs(world):
        if job.token == token and job.state is RecordState.FINISHED and comes_home(job):
            yield f"law 1: {name} was destroyed with scratch, but {job.job_name} says finished"


def _home_gains_only_what_may_come(case: Case, known: Known, old: frozenset[object]) -> Words:
    if not on_scratch(case.job) or known.contents <= old:
        return
    archive = archive_of(case.job)
    above = None if archive is None else to_bytes(archive) + b"/"
    for path, node in known.home.items():
        if node.content in old or not isinstance(node.content, str) or "@" not in node.content:
            continue
        name = path.removeprefix(_INPUT)
        job = known.coded.get(node.content.partition("@")[2])
        if name.startswith(b".qq-") or is_runtime_name_of(case.job.script_name, name.decode()):
            continue
        if above is not None and path.startswith(above):
            if (job is None or not is_archived(job)) and not _is_runtime_of_cycle(name):
                yield f"law 2: {name.decode()} was archived, though no mode allowed a known code"
        elif job is None or not comes_home(job):
            yield f"law 2: {name.decode()} came home, though no mode allowed a known code"


def _is_runtime_of_cycle(name: bytes) -> bool:
    return name.endswith((b".out", b".err"))


def _what_never_travels(case: Case, home: Files, scratch: Files) -> Words:
    for path, node in scratch.items():
        content = node.content
        # What was kept aside at home has a name of its own by then, which nobody excluded.
        original = content.removeprefix("original ") if isinstance(content, str) and _ASIDE not in path else ""
        if _is_excluded(case.job, original):
            yield f"law 3: excluded, but in {path.decode()}"
        if isinstance(content, JobInfo):
            yield f"law 3: a record travelled to {path.decode()}"
        if isinstance(content, str) and content.endswith("storage/job0000.old"):
            yield f"law 3: a file of another cycle travelled to {path.decode()}"
    names = included(case.job) if on_scratch(case.job) else frozenset()
    for path, node in home.items():
        content = node.content
        if content == f"original {INCLUDED}" and path.startswith(_INPUT):
            yield f"law 3: an included file came home to {path.decode()}"
        if isinstance(content, str) and "@" in content and content.partition("#")[0].split("/")[0] in names:
            yield f"law 3: a change in an included path came home to {path.decode()}"


def _is_excluded(job: JobInfo, path: str) -> bool:
    """An included path wins over an exclusion."""

    def inside(paths: Iterable[str]) -> bool:
        return any(path == each or path.startswith(f"{each}/") for each in paths)

    return inside(job.excluded) and not inside(job.included)


# --- what was written, started, submitted -----------------------------------------------------------------------------


def _event(world: World, known: Known, event: Event) -> Words:
    match event:
        case RecordWritten():
            yield from _transition(world, event)
        case ScriptStarted(token=token, attempt=attempt):
            if (token, attempt) in known.started:
                yield f"law 4: attempt {attempt} of {token} starts its script twice"
            if token in known.coded and not known.destroyed and not _is_given_up(known, token, attempt):
                where = "on record" if known.coded[token] is not None else "in the mark"
                yield f"law 4: the script of {token} runs again, though its code is {where}"
        case JobSubmitted():
            if event.life > 0:
                yield from _may_follow(event.record, known.states)
        case _:
            pass


def _is_given_up(known: Known, token: str, attempt: int) -> bool:
    """Whether this attempt was given up, and a later one has a code: this one will be refused its own (law 5)."""
    recorded = known.coded.get(token)
    return max(recorded.attempt if recorded is not None else 0, known.noted.get(token, 0)) > attempt


def _may_follow(job: JobInfo, states: Mapping[str, JobInfo]) -> Words:
    """A next job: the one before it is finished on record, and it is the next cycle."""
    before = next((each for each in states.values() if next_token(each) == job.token and each.token != job.token), None)
    if before is None or job.attempt > 1:
        return
    if not should_go_on(before):
        yield f"law 4: {job.job_name} was submitted after {before.job_name}, {before.state} ({before.script_exit_code})"
    if job.loop is not None and before.loop is not None and job.loop.current != before.loop.current + 1:
        yield f"law 4: cycle {job.loop.current} follows {before.loop.current}"


def _transition(world: World, event: RecordWritten) -> Words:
    old, new = event.before, event.after
    if old is None or event.life < 0:
        return
    if new is None:
        if old.job_id is not None:
            yield f"law 5: the record of {old.job_name} was withdrawn, though it is claimed"
        return
    if old.token != new.token:
        successor = old.job_type is JobType.CONTINUOUS and new.token == next_token(old)
        if not successor or old.state is not RecordState.FINISHED:
            yield f"law 5: the record of {old.token} was replaced by that of {new.token}"
        return
    if old.attempt > new.attempt:
        yield f"law 5: attempt {old.attempt} became {new.attempt}"
    if old.state is RecordState.FINISHED and new.state is not RecordState.FINISHED:
        yield f"law 5: finished became {new.state}"
    if old.resubmitted_as is not None and old.resubmitted_as != new.resubmitted_as:
        yield f"law 5: the link {old.resubmitted_as} became {new.resubmitted_as}"
    if old.script_exit_code is not None and old.script_exit_code != new.script_exit_code:
        yield f"law 5: the script's code {old.script_exit_code} became {new.script_exit_code}"
    if old.killed_by is not None and new.killed_by is None:
        yield "law 5: who killed the job was forgotten"
    if old.state.ended and new.state is not old.state and new.script_exit_code is None:
        booted = world.batch.jobs.get(new.job_id or "")
        if old.killed_by is not None or booted is None or booted.boots < 2:
            yield f"law 5: {old.state} became {new.state} without a known code"


# --- at the end -------------------------------------------------------------------------------------------------------


def at_the_end(case: Case, trace: Trace, undisturbed: Trace | None, known: Known) -> Words:
    """Law 7, in a world that is kind by now, when recovery does not change anything any more.

    ``undisturbed``: what home is compared with; None: something came between that makes it another one.
    """
    world, all_jobs = trace.world, jobs(trace.world)
    for job in all_jobs:
        yield from _is_whole(job, bool(known.destroyed))
    yield from _chain(all_jobs)
    yield from _tidy(world, all_jobs, frozenset(known.started.values()))
    if not known.destroyed and undisturbed is not None:
        yield from _as_undisturbed(known, all_jobs, undisturbed.world)


def _is_whole(job: JobInfo, lost: bool) -> Words:
    due = comes_home(job) or is_archived(job)
    if due and not has_ended_as_it_should(job) and not lost and job.killed_by is None:
        yield f"law 7: results of {job.job_name} ({job.state}) are due and stay so"
    if comes_home(job) and has_ended_as_it_should(job) and job.delivered is None:
        yield f"law 7: {job.job_name} is {job.state}, and was not delivered"
    if job.delivered is not None and not comes_home(job):
        yield f"law 7: {job.job_name} says delivered, though nothing was due"
    if job.state in (RecordState.QUEUED, RecordState.RUNNING) and job.killed_by is None:
        yield f"law 7: {job.job_name} stays {job.state}"
    if should_go_on(job) and job.resubmitted_as is None:
        yield f"law 7: {job.job_name} is finished, and the chain stops"


def _chain(all_jobs: list[JobInfo]) -> Words:
    """The last job of the chain is why there is none after it."""
    tokens = {job.token: job for job in all_jobs}
    for job in tokens.values():
        if job.resubmitted_as is not None and job.loop is not None and next_token(job) not in tokens:
            yield f"law 7: the job after {job.job_name} has no record"
    if not tokens:
        yield "law 7: no record is left"
    if len(tokens) != len(all_jobs):
        yield "law 7: two records of one job"


def _tidy(world: World, all_jobs: list[JobInfo], worked_in: frozenset[str]) -> Words:
    if all(job.state is RecordState.FINISHED for job in all_jobs):
        for path, _ in nodes_below(world.disks["home"], b"/"):
            name = path.rpartition(b"/")[2]
            if name.startswith(b".qq-") or MARK_SUFFIX.encode() in name:
                yield f"law 2: {path.decode()} is left at home"
    named = {job.work_dir for job in all_jobs if job.delivered is None}
    named |= {each.path for job in all_jobs for each in job.earlier_work_dirs}
    stands = world.disks["scratch"].get(b"scratch")
    for name, node in stands.below.items() if stands is not None and stands.below is not None else ():
        work_dir = f"/scratch/{name.decode()}"
        if node.kind == b"d" and work_dir not in named and not _is_foreign(node) and not _is_kept(all_jobs, work_dir):
            yield f"law 7: {work_dir} is left{'' if work_dir in worked_in else NO_SCRIPTS}, and no record names it"


def _is_foreign(node: Node) -> bool:
    return node.below is not None and node.below.get(b"foreign") is not None


def _is_kept(all_jobs: list[JobInfo], work_dir: str) -> bool:
    return any(job.work_dir == work_dir and any("kept" in note for note in job.notes) for job in all_jobs)


def _as_undisturbed(known: Known, all_jobs: list[JobInfo], undisturbed: World) -> Words:
    """If the chain came as far as without the fault, home looks the same, whatever happened on the way."""
    if [_gist(job) for job in all_jobs] != [_gist(job) for job in jobs(undisturbed)]:
        return
    if any(job.script_exit_code is None for job in all_jobs):
        return  # the walltime ended it, sooner or later
    ours, theirs = _sizes(known.home), _sizes(files(undisturbed, "home"))
    for name in theirs.keys() - ours.keys():
        yield f"law 7: {name.decode()} is missing at home at the end"
    for name in ours.keys() - theirs.keys():
        # In the input directory a lost attempt's version of an archived file makes way for the archived one.
        if on_scratch(all_jobs[0]) or b".before-" not in name:
            yield f"law 7: {name.decode()} is at home at the end"
    for name in ours.keys() & theirs.keys():
        if ours[name] != theirs[name]:
            yield f"law 7: {name.decode()} has {ours[name]} bytes instead of {theirs[name]}"


def _gist(job: JobInfo) -> object:
    return job.job_name, job.state, job.script_exit_code, job.delivered is not None


def _sizes(home: Files) -> dict[bytes, int]:
    """Names and sizes; what was kept aside is called after the job whose coming did that, whichever attempt it was."""
    found: dict[bytes, int] = {}
    for path, node in home.items():
        name, aside, _ = path.removeprefix(_INPUT).partition(_ASIDE)
        found[name + aside] = node.size if not aside else 0
    return found


_ASIDE = b".before-"
