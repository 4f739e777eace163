"""The script in the model world: it writes its files one after another, and may be ended between and within them."""

from collections.abc import Mapping

from msgspec import Struct

from qq.core.effects import Location, RunScript
from qq.core.listing import Entry
from qq.core.moments import ScriptEnded
from qq.core.paths import to_bytes, to_text
from qq.core.simulate import at_once
from qq.core.simulate.draft import Draft, nodes_below
from qq.core.simulate.layered import copied
from qq.core.simulate.spots import Spot, halt
from qq.core.simulate.tree import Directory, File, Node
from qq.core.simulate.world import SECOND, Script, ScriptStarted, script_of
from qq.core.troubles import Reason

_USUAL = 3600 * SECOND


class _Job(Struct, frozen=True):
    """Whose script runs where."""

    work: Spot
    input_dir: str
    token: str


def run_script(draft: Draft, effect: RunScript) -> ScriptEnded:
    """Performs ``RunScript``."""
    env = effect.env
    job = _Job(draft.spot(Location(effect.work_dir)), env["QQ_INPUT_DIR"], env["QQ_TOKEN"])
    if draft.names(job.work) is None:
        halt(Reason.WORK_DIR_GONE, f"the working directory {job.work} is gone")
    if draft.look(job.work.at(to_bytes(effect.argv[-1].rpartition("/")[2]))) is None:
        halt(Reason.SCRIPT_MISSING, f"the script {effect.argv[-1]} can't be read")
    job_id = draft.batch.by_token.get(job.token) or ""
    draft.note(ScriptStarted(draft.life, job.token, int(env["QQ_ATTEMPT"]), job_id, effect.work_dir))
    draft.running = effect.work_dir
    script = script_of(draft.scripts, _number(draft, env))
    for path in (effect.stdout, effect.stderr):
        name = path.rpartition("/")[2]
        _give_way(draft, job.work.at(to_bytes(name)))
        _write(draft, job, name, 0)
    _work(draft, job, script)
    draft.running = None
    return ScriptEnded(script.exit_code)


def _give_way(draft: Draft, spot: Spot) -> None:
    """A file of an earlier attempt, or a link: what is written is a new file, other names of the old one keep it."""
    there = draft.look(spot)
    if type(there) is File and there.kind in (b"f", b"l"):
        draft.drop(spot)


def _number(draft: Draft, env: Mapping[str, str]) -> int:
    """Which of the scripts: the cycle, or of jobs without cycles how many others began before."""
    current, token = env.get("QQ_LOOP_CURRENT"), env["QQ_TOKEN"]
    if current is not None:
        return int(current) - int(env["QQ_LOOP_START"])
    if token not in draft.begun:
        draft.begun = copied(draft.begun)
        draft.begun[token] = len(draft.begun)
    return draft.begun[token]


def _work(draft: Draft, job: _Job, script: Script) -> None:
    time = _time(draft, script.runs_for)
    end, each = draft.now + time, time // (len(script.writes) + 1)
    _write_all(draft, job, script.writes, each)
    for name in script.removes:
        _remove(draft, job.work.at(to_bytes(name)), (job.input_dir, name))
    draft.spend(max(end - draft.now, 0))


def _time(draft: Draft, seconds: float | None) -> int:
    """How long a script runs, on the clock of the model."""
    if seconds is not None:
        return int(seconds * SECOND)
    return _USUAL if draft.deadline is None else min(_USUAL, (draft.deadline - draft.now) * 9 // 10)


def _remove(draft: Draft, spot: Spot, key: tuple[str, str]) -> None:
    old = draft.look(spot)
    if old is not None:
        draft.tick()
        draft.drop(spot)
        _forget(draft, key, old)
        for name, below in nodes_below(old, b"/"):
            _forget(draft, (key[0], key[1] + to_text(name)), below)
        draft.step()


def _forget(draft: Draft, key: tuple[str, str], old: Node) -> None:
    draft.made().pop(key, None)
    _built_upon(draft, key, old)


def _built_upon(draft: Draft, key: tuple[str, str], old: Node) -> None:
    """What the user wrote at home meanwhile has reached a script: nobody has to keep it any more."""
    if draft.edited and draft.edited.get(key) == old.content:
        draft.edited = draft.edited.discard(key)


def _can_be_written(draft: Draft, above: Spot, name: bytes) -> bool:
    """Parents are made, unless something stands in the way."""
    if draft.names(above) is not None:
        return not isinstance(draft.child(above, name), Directory)
    there: Spot | None = above
    while there is not None and draft.look(there) is None:
        there = there.above
    if there is None or draft.names(there) is None:
        return False
    draft.make_directories(above)
    return True


def _write_all(draft: Draft, job: _Job, writes: Mapping[str, int], each: int) -> None:
    """One file after another (name → bytes); so many nanoseconds go by before each."""
    if not at_once.written(draft, job.work, writes, each, (job.input_dir, job.token)):
        for name, size in writes.items():
            draft.spend(each)
            _write(draft, job, name, size)


def _write(draft: Draft, job: _Job, name: str, size: int) -> None:
    """Half of it, then all of it. Parents are made."""
    (above, last), key = job.work.inside(to_bytes(name)), (job.input_dir, name)
    if not _can_be_written(draft, above, last):
        return  # nor one that looks whether it could
    first: int | None = None
    for now_there in (size // 2, size) if size else (0,):
        if size and above.disk in draft.full:
            return  # a script that does not look
        old, now, fresh = draft.child(above, last), draft.tick(), draft.new_inode()
        first = fresh if first is None else first
        if now_there < size and old is not None and not draft.watched:
            draft.steps += 1
            continue
        identity = at_once.content_of(name, fresh, job.token)
        inode = first if old is None else old.inode
        file = File(Entry(last, b"f", now_there, inode, now, now), identity)
        if old is None:
            draft.give(above, last, file)
        else:
            draft.overwrite(above, last, file)
            _built_upon(draft, key, old)
        draft.made()[key] = identity
        draft.step()
