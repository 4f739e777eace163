"""What both worlds are asked: orders that each world fills in with what it has answered itself, and random doings."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from hypothesis import strategies as st
from msgspec import Struct, field
from pyrsistent import pmap, pvector

from property_tests.honesty.sides import Happens, Outcome
from qq.core import effects as e
from qq.core import moments as m
from qq.core.changes import union
from qq.core.effects import Location, Version
from qq.core.listing import Listing
from qq.core.paths import mark_path, temporary_dir, to_bytes
from qq.core.records.job import JobInfo
from qq.core.replacing import replace

HOME, WORK, ARCHIVE, TEMPORARY, AWAY = "home", "work", "archive", "temporary", "archive's temporary"
PLACES = (HOME, WORK, ARCHIVE, TEMPORARY, AWAY)
INFO = "run.qqinfo"


class Book(Struct):
    """What one world has answered so far. ``work_host``: the host that the working directory is on."""

    top: Path
    job: JobInfo
    work_host: str | None = None
    listed: dict[str, Listing] = field(default_factory=dict)
    staged: Listing = Listing()
    proof: Listing = Listing()
    version: Version = Version("none", 1, "")

    def at(self, place: str, *below: str) -> Location:
        """Where a place is."""
        home = str(self.top / "home")
        paths = {
            HOME: home,
            WORK: str(self.top / "scratch/w"),
            ARCHIVE: f"{home}/storage",
            TEMPORARY: temporary_dir(home, self.job.token),
            AWAY: temporary_dir(f"{home}/storage", self.job.token),
        }
        return Location("/".join([paths[place], *below]), self.work_host if place == WORK else None)

    @property
    def record(self) -> Location:
        """Where the record stands."""
        return self.at(HOME, INFO)

    @property
    def mark(self) -> Location:
        """Where the mark stands."""
        work = self.at(WORK)
        return Location(mark_path(work_dir=work.path, input_dir="", job_name=""), work.host)

    def learn(self, order: "Order", effect: e.Effect, outcome: Outcome) -> None:
        """What the next orders are filled in with."""
        match outcome:
            case m.Listed(listing) if listing is not None and isinstance(effect, e.List) and effect.only is None:
                self.listed[order.place] = listing
            case m.Staged():
                self.staged = outcome.work
            case m.Verified():
                self.proof = outcome.proof
            case m.Written():
                self.version = outcome.version
            case _:
                pass


class Order(Struct, frozen=True):
    """One effect, but for what only its world knows. ``names``: what it is about, by what it is."""

    kind: str
    place: str = HOME
    to: str = TEMPORARY
    names: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    yes: bool = False
    number: int = 0


def effect_of(order: Order, book: Book) -> e.Effect:
    """The order, filled in."""
    return _EFFECTS[order.kind](order, book)


def _paths(names: tuple[str, ...]) -> frozenset[bytes]:
    return frozenset(map(to_bytes, names))


def _entries(order: Order, book: Book) -> Listing:
    """What was seen in the place, but for ``names`` (they are exceptions here) and all below them."""
    without = _paths(order.names)
    seen = book.listed.get(order.place, Listing())
    return seen.where(lambda x: not any(x.path == each or x.path.startswith(each + b"/") for each in without))


def _list(o: Order, b: Book) -> e.Effect:
    only: e.ArchiveQuestion | e.Names | None = None
    if o.more:
        only = e.ArchiveQuestion("job%04d", pvector([o.number])) if o.yes else e.Names(pvector(_paths(o.more)))
    return e.List(b.at(o.place), without=pvector(sorted(_paths(o.names))), only=only)


def _copy(o: Order, b: Book) -> e.Effect:
    # Home never shares a file with another place: the model does not know the ctime of other names.
    may_link = bool(o.number) and o.place != HOME
    return e.Copy(b.at(o.place), b.at(o.to), _entries(o, b), vanished_ok=o.yes, may_link=may_link)


def _verify(o: Order, b: Book) -> e.Effect:
    return e.VerifyCopy(b.at(o.place), b.at(o.to), _entries(o, b))


def _place(o: Order, b: Book) -> e.Effect:
    target = HOME if o.to == TEMPORARY else ARCHIVE
    known = b.listed.get(target, Listing())
    return e.Place(
        staging=b.at(o.to),
        dst=b.at(target),
        entries=_entries(o, b),
        before=known if o.yes else Listing(),
        synced=known.where(lambda entry: entry.kind == b"f") if o.number else Listing(),
        aside="run-1",
        guard=e.Guard(b.record, b.job.token, 1),
        always=_paths(o.more[:1]),
        keep=_paths(o.more[1:]),
    )


def _stage(o: Order, b: Book) -> e.Effect:
    work, home = b.at(WORK), b.listed.get(HOME, Listing())
    without = pvector(sorted(_paths(o.names)))
    return e.Stage(b.mark, work.path, b.job.token, 1 + o.number, "1", home, Listing(), without, o.yes)


def _remove_tree(o: Order, b: Book) -> e.Effect:
    token = b.job.token if not o.number else "0ther"
    return e.RemoveTree(b.mark, b.at(WORK).path, token, pvector(sorted(_paths(o.names))))


def _run(_o: Order, b: Book) -> e.Effect:
    work = b.at(WORK).path
    env = {"QQ_TOKEN": b.job.token, "QQ_ATTEMPT": "1", "QQ_INPUT_DIR": b.at(HOME).path}
    return e.RunScript(pvector(["bash", f"{work}/run.sh"]), work, f"{work}/run.out", f"{work}/run.err", pmap(env))


def _write_record(o: Order, b: Book) -> e.Effect:
    job = replace(b.job, attempt=1 + o.number, account=o.more[0] if o.more else None)
    return e.WriteRecord(b.record, job, b.version if o.yes else Version("stale", 1, "x"))


def _create_record(o: Order, b: Book) -> e.Effect:
    return e.CreateRecord(b.record, b.job if not o.number else replace(b.job, token="0ther", job_id="9"))


def _move_runtime(o: Order, b: Book) -> e.Effect:
    moves = pvector(
        (name, pvector([f"storage/job0001.{name}", f"storage/{name}"])) for name in o.names if "/" not in name
    )
    return e.MoveRuntime(b.at(HOME), moves)


_EFFECTS: dict[str, Callable[[Order, Book], e.Effect]] = {
    "list": _list,
    "make": lambda o, b: e.MakeDir(b.at(o.place), fresh=o.yes),
    "copy": _copy,
    "verify": _verify,
    "place": _place,
    "include": lambda o, b: e.Include(None, pvector(b.at(HOME, each).path for each in o.names), b.at(WORK)),
    "remove files": lambda o, b: e.RemoveFiles(b.at(o.place), b.proof),
    "remove tree": _remove_tree,
    "stage": _stage,
    "note code": lambda o, b: e.NoteCode(b.mark, o.number, b.job.token, 1 + o.yes),
    "note proof": lambda o, b: e.NoteProof(b.mark, union(b.staged, b.proof) if o.yes else b.proof),
    "note synced": lambda o, b: e.NoteSynced(b.mark, b.listed.get(HOME, Listing())),
    "read mark": lambda o, b: e.ReadMark(b.mark, b.at(WORK).path),
    "remove mark": lambda o, b: e.RemoveMark(b.mark, b.job.token if not o.number else "0ther"),
    "clear": lambda o, b: e.ClearTemporary(b.at(o.to)),
    "create": lambda o, b: e.Create(b.at(o.place, *o.names[:1])),
    "run": _run,
    "stop": lambda o, b: e.StopScript(0.0),
    "write record": _write_record,
    "create record": _create_record,
    "withdraw record": lambda o, b: e.WithdrawRecord(b.record, b.job.token if not o.number else "0ther"),
    "read record": lambda o, b: e.ReadRecord(pvector([b.at(ARCHIVE, INFO), b.record])),
    "move runtime": _move_runtime,
}

# --- what is drawn ----------------------------------------------------------------------------------------------------

FILE_NAMES = ("a", "in.dat", "log", "job0001.x", "job0002.x", "d/e", "d/f/g", "data/table")
NAMES = (*FILE_NAMES, "d", "d/f", "data", "second", "link")
_ALIKE = ("a", "in.dat", "job0001.x", "job0002.x", "d/e", "d/f/g")
_ONLY = {"second name": ("second",), "fifo": ("a", "job0001.x"), "link": ("link", "a", "d")}
"""Nothing that the script would write through, or wait for: what it does then is no world's."""
_names = st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple)
_one = st.lists(st.sampled_from(NAMES), min_size=1, max_size=1).map(tuple)
_where = st.sampled_from(["home", "home", "scratch/w", "scratch/w", "home/storage", "home/.qq-t0k3n"])
_rarely = st.sampled_from([False, False, True])


@st.composite
def happenings(draw: st.DrawFn, where: st.SearchStrategy[str] = _where) -> Happens:
    """Anything that somebody else may do; its time comes later."""
    place = draw(where)
    kinds = ["written", "written", "in place", "sneaky", "directory", "removed", "link", "fifo", "second name"]
    what = draw(st.sampled_from(kinds))
    name = draw(st.sampled_from(_ONLY.get(what, NAMES)))
    other = {"link": st.sampled_from(["a", "nowhere", "d", "../home"]), "second name": st.sampled_from(_ALIKE)}
    said = draw(other[what]) if what in other else ""
    said = f"{place}/{said}" if what == "second name" else said
    return Happens(what, f"{place}/{name}", size=draw(st.sampled_from([0, 9, 20, 21])), other=said)


def orders(kind: str, **fixed: object) -> st.SearchStrategy[Order]:
    """Orders of a kind."""
    fields: dict[str, st.SearchStrategy[object]] = {
        "place": st.sampled_from(PLACES),
        "to": st.sampled_from([TEMPORARY, AWAY]),
        "names": st.just(()) | _names,
        "more": st.just(()),
        "yes": st.booleans(),
        "number": st.just(0),
    }
    return st.builds(Order, st.just(kind), **{**fields, **{k: _as_strategy(v) for k, v in fixed.items()}})


def _as_strategy(value: object) -> st.SearchStrategy[object]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


Doing = Order | Happens
_COMMON = st.sampled_from(["a", "in.dat", "log", "data/table"])


@st.composite
def meanwhile(draw: st.DrawFn, place: str) -> list[Doing]:
    """Somebody changes what is being worked with, or does not."""
    if draw(_rarely):
        what = draw(st.sampled_from(["in place", "sneaky", "sneaky", "written", "removed"]))
        return [Happens(what, f"{place}/{draw(_COMMON)}", size=draw(st.sampled_from([0, 20, 21])))]
    return []


@st.composite
def staging(draw: st.DrawFn) -> list[Doing]:
    """Home comes to the working directory, as a job does it."""
    names = draw(st.just(()) | _names)
    return [
        draw(orders("list", place=HOME, names=())),
        draw(orders("make", place=WORK)),
        draw(orders("copy", place=HOME, to=WORK, names=names)),
        *draw(meanwhile("home")),
        draw(orders("verify", place=HOME, to=WORK, names=names)),
        draw(orders("include", names=_one)),
        draw(orders("stage", names=(), yes=False)),
    ]


@st.composite
def bringing(draw: st.DrawFn) -> list[Doing]:
    """The working directory comes home, or to the archive, as a job does it."""
    to, names = draw(st.sampled_from([TEMPORARY, AWAY])), draw(st.just(()) | _names)
    link = draw(st.integers(0, 1)) if to == AWAY else 0  # home never shares a file with the working directory
    return [
        *([draw(orders("run"))] if draw(st.booleans()) else []),
        *draw(meanwhile("scratch/w")),
        draw(orders("list", place=HOME if to == TEMPORARY else ARCHIVE, names=())),
        draw(orders("list", place=WORK, names=())),
        draw(orders("clear", to=to)),
        draw(orders("copy", place=WORK, to=to, names=names, yes=False, number=link)),
        *draw(meanwhile("scratch/w")),
        draw(orders("verify", place=WORK, to=to, names=names)),
        *draw(meanwhile("home" if to == TEMPORARY else "home/storage")),
        *([draw(orders("write record", number=1, yes=True))] if draw(_rarely) else []),  # another attempt has it now
        draw(orders("place", place=WORK, to=to, names=names, more=st.just(()) | _names, number=st.integers(0, 1))),
        *draw(meanwhile("scratch/w")),
        draw(orders("remove files", place=WORK)),
    ]


@st.composite
def marking(draw: st.DrawFn) -> list[Doing]:
    """What stands beside the working directory."""
    kinds = ["stage", "note code", "note proof", "note synced", "read mark", "remove mark", "remove tree", "run"]
    return [
        draw(orders(kind, number=st.sampled_from([0, 0, 0, 1]), yes=st.booleans()))
        for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4))
    ]


@st.composite
def leaving(draw: st.DrawFn) -> list[Doing]:
    """A working directory goes that is proved as a whole, unless somebody changed it meanwhile."""
    return [
        draw(orders("note proof", yes=True)),
        *draw(meanwhile("scratch/w")),
        draw(orders("remove tree", names=())),
    ]


@st.composite
def recording(draw: st.DrawFn) -> list[Doing]:
    """What happens to the record."""
    kinds = ["write record", "create record", "withdraw record", "read record", "move runtime"]
    more = st.just(()) | st.sampled_from([("x",), ("y",)])
    names = st.lists(st.sampled_from(["run.qqinfo", "run.out", "a", "d"]), max_size=3, unique=True).map(tuple)
    return [
        draw(orders(kind, number=st.sampled_from([0, 0, 1]), more=more, names=names))
        for kind in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4))
    ]


@st.composite
def anything(draw: st.DrawFn) -> list[Doing]:
    """An effect that comes out of nowhere."""
    kind = draw(st.sampled_from(sorted(_EFFECTS)))
    number = st.sampled_from([0, 1, 2])
    more = st.just(()) | _names
    where = st.sampled_from([WORK, TEMPORARY, AWAY])
    names = _one if kind in ("create", "include") else _names
    return [draw(orders(kind, number=number, more=more, to=where, names=names))]


@st.composite
def programs(draw: st.DrawFn) -> list[Doing]:
    """Whole lists: phrases of a job's life, some words left out or said twice, and somebody's doings in between."""
    start: list[Doing] = list(draw(st.lists(happenings(st.just("home")), max_size=6)))
    phrase = st.one_of(staging(), bringing(), marking(), leaving(), recording(), anything())
    phrases = draw(st.lists(phrase, min_size=1, max_size=4))
    if draw(st.sampled_from([True, True, False])):
        phrases.insert(0, [draw(orders("create record")), draw(orders("make", place=ARCHIVE)), *draw(staging())])
    found: list[Doing] = start
    for doing in (doing for phrase in phrases for doing in phrase):
        said = draw(st.sampled_from([1, 1, 1, 1, 1, 0, 2]))
        found += [doing] * said
        if draw(_rarely):
            found.append(draw(happenings()))
    return list(_no_script_on_links(found))


def _no_script_on_links(doings: Iterable[Doing]) -> Iterator[Doing]:
    """No script runs any more once files may have second names: the model writes to one of them only."""
    linked = False
    for doing in doings:
        if isinstance(doing, Order):
            linked = linked or (doing.kind == "copy" and doing.place != HOME and doing.number > 0)
            if linked and doing.kind == "run":
                continue
        yield doing
