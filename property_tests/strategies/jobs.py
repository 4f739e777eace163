"""Valid records of every type. Small alphabets, so that names collide; every field varies, also those with defaults."""

import shlex
from collections.abc import Callable
from datetime import datetime, timedelta

import hypothesis
from hypothesis import strategies as st
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.archive_format import parse_format
from qq.core.job_names import job_name, runtime_files
from qq.core.records.job import JobInfo, KilledBy, LoopInfo, WhyFailed, WorkDir
from qq.core.records.parse import MODE_WORDS
from qq.core.records.site import Settings, Site
from qq.core.records.values import DEPENDENCY_KINDS, Dependency, Modes, Resources, Size
from qq.core.replacing import replace
from qq.core.result import Success
from qq.core.states import JobType, RecordState

FEW = hypothesis.settings(max_examples=max(20, hypothesis.settings().max_examples // 5))
"""For laws over whole records, which take long to draw: a fifth of the profile's examples."""

T = st.SearchStrategy

JOB_TYPES = st.sampled_from(JobType)
STATES = st.sampled_from(RecordState)

BATCH_SYSTEMS = ("PBS", "Slurm", "SlurmIT4I", "SlurmLumi", "local")
ODD_CHARACTERS = "ab1.+-_ '\"\\$#:%\n\tžÿ\u2028\U0001f600"
"""What makes quoting and encoding hard."""
TRICKY = ("24:00:00", "010", "on", "No", "null", "~", "1e5", "1.5", "2026-01-01", "- a", "<<", "=", "a\udcff", "\udce9")
"""What other readers of YAML take for something else; the last ones are names with bytes that are no UTF-8."""


def texts(most: int = 8) -> T[str]:
    """Text as people write it: anything but the null character and halves of characters."""
    odd = st.text(ODD_CHARACTERS, min_size=1, max_size=most)
    any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=most)
    return st.one_of(odd, any_text, st.sampled_from(TRICKY))


def names() -> T[str]:
    """Plain names of files."""
    plain = st.sampled_from(["run.sh", "run", "a b.sh", "run.tar.sh", ".hidden", "-x", "md1.sh"])
    return st.one_of(plain, texts().map(lambda text: text.replace("/", "_")).filter(lambda n: n not in (".", "..")))


def paths() -> T[str]:
    """Absolute paths, normalised."""
    return st.lists(names(), min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))


def hosts() -> T[str]:
    """Names of hosts."""
    return st.sampled_from(["here", "node1", "n-2.cluster", "a.b.example", "10.0.0.7", "x_1"])


def ids() -> T[str]:
    """Ids of batch jobs."""
    return st.one_of(
        st.integers(0, 9).map(lambda n: f"{n}.local"), st.sampled_from(["123456", "7[2].pbs.example", "9_3"])
    )


def times() -> T[datetime]:
    """Whole seconds."""
    return st.integers(0, 4_000_000_000).map(lambda seconds: datetime(1970, 1, 1) + timedelta(seconds=seconds))


def sizes() -> T[Size]:
    """Sizes, round ones too."""
    return st.one_of(st.integers(0, 5000), st.sampled_from([1024, 1024**2, 1024**4])).map(Size)


def vectors(items: T[object], most: int = 3) -> T[PVector[object]]:
    """Short lists."""
    return st.lists(items, max_size=most).map(pvector)


def modes() -> T[Modes]:
    """Modes, one without any word too."""
    word = st.one_of(st.sampled_from(MODE_WORDS), st.integers(-3, 255))
    return st.lists(word, max_size=3, unique=True).map(lambda words: Modes(tuple(words)))


def dependencies() -> T[Dependency]:
    """Dependencies on one or two jobs."""
    return st.builds(
        Dependency, st.sampled_from(DEPENDENCY_KINDS), st.lists(ids(), min_size=1, max_size=2).map(pvector)
    )


def props() -> T[PMap[str, str]]:
    """Properties of nodes."""
    value = st.sampled_from(["true", "false", "^x", "007", "7", "^a.b", "skylake"])
    return st.dictionaries(st.sampled_from(["avx", "vnode", "cl_x", "a.b-c+d", "7"]), value, max_size=3).map(pmap)


def resources() -> T[Resources]:
    """Anything that may be asked for; whether nodes can share it evenly does not matter to a record."""
    count, size = st.none() | st.integers(1, 256), st.none() | sizes()
    return st.builds(
        Resources,
        nnodes=count,
        ncpus=count,
        ncpus_per_node=count,
        mem=size,
        mem_per_node=size,
        mem_per_cpu=size,
        ngpus=st.none() | st.integers(0, 8),
        ngpus_per_node=st.none() | st.integers(0, 8),
        walltime=st.none() | st.integers(1, 40 * 86400),
        work_dir=st.none() | st.sampled_from(["input_dir", "scratch_local", "scratch_ssd"]) | texts(),
        work_size=size,
        work_size_per_node=size,
        work_size_per_cpu=size,
        props=props(),
    )


def archive_formats() -> T[str]:
    """Formats with exactly one placeholder."""
    known = st.sampled_from(["job%04d", "md%d", "%4d", "md2_%04d", "a.+(%d)", "50%%%d"])
    literal = st.text("ab1.+( ", max_size=3)
    odd = st.builds("{}%0{}d{}".format, literal, st.integers(1, 5), literal)
    return known | odd.filter(lambda fmt: isinstance(parse_format(fmt, ""), Success))


@st.composite
def loops(draw: st.DrawFn, input_dir: str) -> LoopInfo:
    """A loop at any of its cycles."""
    start = draw(st.integers(0, 3))
    end = start + draw(st.integers(0, 4))
    inside = draw(st.sampled_from(["storage", "results/storage"]) | names())
    return LoopInfo(
        start=start,
        end=end,
        archive=draw(st.sampled_from([inside, f"{input_dir}/{inside}"])),
        archive_format=draw(archive_formats()),
        current=draw(st.integers(start, end)),
        archive_mode=draw(modes()),
    )


def _seconds() -> T[float]:
    return st.floats(0, 1e8, allow_nan=False)


def settings() -> T[Settings]:
    """Settings, every one of them."""
    return st.builds(
        Settings,
        retry_tries=st.integers(1, 5),
        retry_wait=_seconds(),
        grace=_seconds(),
        ssh_timeout=_seconds(),
        rsync_silence=_seconds(),
        default_interpreter=st.sampled_from(["bash", "python3 -u"]) | texts().map(shlex.quote),
    )


def sites() -> T[Site]:
    """Sites, every key of them."""
    maybe = st.none() | texts()
    return st.builds(
        Site,
        name=texts(),
        engine=st.sampled_from(["local", "Slurm", "PBS"]),
        batch_system=st.sampled_from(BATCH_SYSTEMS),
        found_by=maybe,
        found_with=vectors(texts()),
        found_at=vectors(texts()),
        scratch=st.dictionaries(texts(), vectors(texts()), max_size=2).map(pmap),
        scratch_requests=st.dictionaries(texts(), texts(), max_size=2).map(pmap),
        default_work_dir=texts(),
        scratch_shared=st.booleans(),
        scratch_outlives_job=st.booleans(),
        default_resources=resources(),
        default_queue=maybe,
        input_shared=st.booleans(),
        shared_types=vectors(texts()),
        shared_paths=vectors(paths()),
        resubmit_from=vectors(st.sampled_from(["input", "working"]) | hosts()),
        servers=st.dictionaries(texts(), texts(), max_size=2).map(pmap),
        output_hosts=st.dictionaries(texts(), hosts(), max_size=2).map(pmap),
        kill_wait=_seconds(),
        qq_command=maybe,
    )


def unknown_values() -> T[object]:
    """What a key that qq does not know may hold, frozen."""
    scalar = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts()
    key = texts() | st.integers() | st.booleans()
    return st.recursive(
        scalar,
        lambda inner: st.lists(inner, max_size=3).map(pvector) | st.dictionaries(key, inner, max_size=3).map(pmap),
        max_leaves=6,
    )


def _strange(known: T[str]) -> T[PMap[str, object]]:
    return st.dictionaries(known, unknown_values(), min_size=1, max_size=2).map(pmap)


@st.composite
def unknown(draw: st.DrawFn, state: RecordState) -> PMap[str, object]:
    """Keys that qq does not know, at the top and inside ``resources``; a word that it doesn't, for the state."""
    keys = st.text("xyz é/", min_size=1, max_size=4).map(lambda key: f"new {key}")
    found: dict[str, object] = dict(draw(_strange(keys))) if draw(st.booleans()) else {}
    if draw(st.booleans()):
        found["resources"] = draw(_strange(keys))
    if state is RecordState.UNKNOWN and draw(st.booleans()):
        found["job_state"] = "paused"
    return pmap(found)


@st.composite
def jobs(
    draw: st.DrawFn,
    *,
    job_types: T[JobType] = JOB_TYPES,
    states: T[RecordState] = STATES,
) -> JobInfo:
    """Valid records: what can be read back as it was written."""
    job_type, state = draw(job_types), draw(states)
    script, input_dir = draw(names()), draw(paths())
    loop = draw(loops(input_dir)) if job_type is JobType.LOOP else None
    name = job_name(script, job_type, None if loop is None else loop.current)
    files = runtime_files(name)
    job = JobInfo(
        batch_system=draw(st.sampled_from(BATCH_SYSTEMS)),
        qq_version=draw(st.sampled_from(["0.1.0", "1.10", "0.5"])),
        username=draw(st.sampled_from(["ada", "x007"])),
        job_id=draw(st.none() | ids()),
        job_name=name,
        script_name=script,
        queue=draw(st.sampled_from(["default", "7", "on"]) | texts()),
        job_type=job_type,
        input_machine=draw(hosts()),
        input_dir=input_dir,
        state=state,
        submission_time=draw(times()),
        stdout_file=files.out,
        stderr_file=files.err,
        resources=draw(resources()),
        loop=loop,
        token=draw(st.text("0123456789abcdef", min_size=4, max_size=32)),
        unknown=draw(unknown(state)),
    )
    return _with_the_rest(draw, job)


def _with_the_rest(draw: Callable[[T[object]], object], job: JobInfo) -> JobInfo:
    """Fields that may be absent."""
    host_or_word = st.sampled_from(["input", "working"]) | hosts()
    rest: dict[str, T[object]] = {
        "excluded": vectors(paths()),
        "included": vectors(paths()),
        "transfer_mode": modes(),
        "depend": vectors(dependencies()),
        "account": st.none() | texts(),
        "server": st.none() | texts(),
        "interpreter": st.none() | st.sampled_from(["bash", "python3 -u"]),
        "start_time": st.none() | times(),
        "main_node": st.none() | hosts(),
        "all_nodes": vectors(hosts()),
        "work_dir": st.none() | st.just(job.input_dir) | paths(),
        "completion_time": st.none() | times(),
        "exit_code": st.none() | st.integers(0, 255),
        "script_exit_code": st.none() | st.sampled_from([0, 1, 95, 137]),
        "failure": st.none() | st.builds(WhyFailed, st.integers(0, 99), texts(20) | st.just("")),
        "killed_by": st.none() | st.builds(KilledBy, st.sampled_from(["ada", "bob"]), times()),
        "delivered": st.none() | times(),
        "resubmit_from": vectors(host_or_word),
        "resubmitted_as": st.none() | ids(),
        "previous": st.none() | ids(),
        "attempt": st.integers(1, 4),
        "earlier_work_dirs": vectors(st.builds(WorkDir, hosts(), paths())),
        "qq_path": st.none() | paths(),
        "umask": st.none() | st.integers(0, 0o777),
        "requeue": st.booleans(),
        "site": st.sampled_from([False, False, True]).flatmap(lambda has: sites() if has else st.none()),
        "settings": st.none() | settings(),
        "notes": vectors(texts(20)),
    }
    return replace(job, **{name: draw(values) for name, values in rest.items()})  # type: ignore[arg-type]
