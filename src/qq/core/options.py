"""Every option of ``qq submit``, as one table: command line, directives, configuration, documents and completion are
made from it.
"""

from enum import Enum, auto

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.nearest import squashed
from qq.core.states import JobType


class Takes(Enum):
    """What kind of value an option takes."""

    WORD = auto()
    """Text without further meaning: the name of a queue, a project."""
    COMMAND = auto()
    """A command line."""
    NUMBER = auto()
    """A whole number, 1 or more."""
    COUNT = auto()
    """A whole number, 0 or more."""
    SIZE = auto()
    WALLTIME = auto()
    MODES = auto()
    FILES = auto()
    HOSTS = auto()
    DEPEND = auto()
    PROPS = auto()
    JOB_TYPE = auto()
    WORK_DIR = auto()
    PATH = auto()
    FORMAT = auto()
    FLAG = auto()


class Topic(Enum):
    """Under which heading an option stands in help and documents."""

    JOB = "The job"
    FILES = "Files"
    RESOURCES = "Resources"
    LOOP = "Loop and continuous jobs"


EVERY = frozenset(JobType)
LOOPS = frozenset({JobType.LOOP})
RESUBMITTED = frozenset({JobType.LOOP, JobType.CONTINUOUS})

FLAG_SET = "true"
"""What a flag without a value stands for."""

_LISTS = frozenset({Takes.MODES, Takes.FILES, Takes.HOSTS, Takes.DEPEND, Takes.PROPS})


class Option(Struct, frozen=True, kw_only=True):
    """One option of a submission."""

    name: str
    """Its long form, in kebab-case, without the dashes."""
    takes: Takes
    topic: Topic
    meaning: str
    """One sentence, with units, no full stop."""
    default: str = ""
    """What holds if nobody says anything, for people; empty: nothing."""
    short: str | None = None
    job_types: frozenset[JobType] = EVERY
    choices: tuple[str, ...] = ()
    example: str = ""

    @property
    def field(self) -> str:
        """The name of the field that holds its value."""
        return self.name.replace("-", "_")

    @property
    def is_list(self) -> bool:
        """Whether it takes several values; given twice, they add up."""
        return self.takes in _LISTS

    @property
    def is_resource(self) -> bool:
        """Whether it is a field of ``Resources``."""
        return self.topic is Topic.RESOURCES


BATCH_SYSTEMS = ("PBS", "Slurm", "SlurmIT4I", "SlurmLumi", "local")


def _resource(name: str, takes: Takes, meaning: str, default: str = "", example: str = "") -> Option:
    return Option(name=name, takes=takes, topic=Topic.RESOURCES, meaning=meaning, default=default, example=example)


OPTIONS: PVector[Option] = pvector(
    [
        Option(
            name="queue",
            short="q",
            takes=Takes.WORD,
            topic=Topic.JOB,
            meaning="queue or partition",
            default="the site's, if it has one",
        ),
        Option(
            name="server",
            short="s",
            takes=Takes.WORD,
            topic=Topic.JOB,
            meaning="another batch server, by its full or short name; needs shared storage",
        ),
        Option(name="account", takes=Takes.WORD, topic=Topic.JOB, meaning="project or account to charge"),
        Option(
            name="batch-system",
            takes=Takes.WORD,
            topic=Topic.JOB,
            meaning="batch system to submit to",
            default="what is found on this machine",
            choices=BATCH_SYSTEMS,
        ),
        Option(
            name="job-type",
            takes=Takes.JOB_TYPE,
            topic=Topic.JOB,
            meaning="runs once (standard), in numbered cycles (loop), or again until it says stop (continuous)",
            default="standard",
            choices=tuple(JobType),
        ),
        Option(
            name="interpreter",
            takes=Takes.COMMAND,
            topic=Topic.JOB,
            meaning="command line that runs the script; looked up on the node",
            default="bash",
            example="python3 -u",
        ),
        Option(
            name="depend",
            takes=Takes.DEPEND,
            topic=Topic.JOB,
            meaning="start only when other jobs have started (after), ended well (afterok), ended badly (afternotok)"
            " or ended (afterany); several separated by comma or blank",
            example="afterok=123:124",
        ),
        Option(
            name="requeue",
            takes=Takes.FLAG,
            topic=Topic.JOB,
            meaning="let the batch system put the job back into its queue",
            default="it may not",
        ),
        Option(
            name="exclude",
            takes=Takes.FILES,
            topic=Topic.FILES,
            meaning="paths inside the input directory that stay at home; separated by colon, comma or blank",
        ),
        Option(
            name="include",
            takes=Takes.FILES,
            topic=Topic.FILES,
            meaning="files or directories from elsewhere that come along, into the top of the working directory, and do"
            " not come back; separated by colon, comma or blank",
        ),
        Option(
            name="transfer-mode",
            takes=Takes.MODES,
            topic=Topic.FILES,
            meaning="for which exit codes of the script the working directory is brought home: success, failure,"
            " always, never or numbers",
            default="success",
            example="success:42",
        ),
        _resource("nnodes", Takes.NUMBER, "number of nodes", "1"),
        _resource("ncpus", Takes.NUMBER, "number of processor cores in all", "1"),
        _resource("ncpus-per-node", Takes.NUMBER, "number of processor cores per node"),
        _resource("mem", Takes.SIZE, "memory in all; integer and unit, from b to pb", "1gb per core", "16gb"),
        _resource("mem-per-node", Takes.SIZE, "memory per node; integer and unit", example="64gb"),
        _resource("mem-per-cpu", Takes.SIZE, "memory per core; integer and unit", example="2gb"),
        _resource("ngpus", Takes.COUNT, "number of GPUs in all", "0"),
        _resource("ngpus-per-node", Takes.COUNT, "number of GPUs per node"),
        _resource("walltime", Takes.WALLTIME, "longest time that it may run: 1d12h, 90m or 36:00:00", "1 day", "1d12h"),
        _resource(
            "work-dir",
            Takes.WORK_DIR,
            "kind of scratch storage, or input_dir (also: job_dir) to run in the input directory",
            "the site's first",
            "scratch_local",
        ),
        _resource("work-size", Takes.SIZE, "space on scratch in all; integer and unit", "1gb per core", "20gb"),
        _resource("work-size-per-node", Takes.SIZE, "space on scratch per node; integer and unit", example="20gb"),
        _resource("work-size-per-cpu", Takes.SIZE, "space on scratch per core; integer and unit", example="2gb"),
        _resource(
            "props",
            Takes.PROPS,
            "properties that a node must have or, with ^, must not; separated by colon, comma or blank",
            example="cl_zero:^old",
        ),
        Option(
            name="loop-start",
            takes=Takes.COUNT,
            topic=Topic.LOOP,
            meaning="number of the first cycle",
            default="1",
            job_types=LOOPS,
        ),
        Option(
            name="loop-end",
            takes=Takes.COUNT,
            topic=Topic.LOOP,
            meaning="number of the last cycle",
            default="must be given for loop jobs",
            job_types=LOOPS,
        ),
        Option(
            name="archive",
            takes=Takes.PATH,
            topic=Topic.LOOP,
            meaning="directory inside the input directory that keeps the numbered files",
            default="storage",
            job_types=LOOPS,
        ),
        Option(
            name="archive-format",
            takes=Takes.FORMAT,
            topic=Topic.LOOP,
            meaning="how numbered files are called: text with one number, as in printf",
            default="job%04d",
            job_types=LOOPS,
        ),
        Option(
            name="archive-mode",
            takes=Takes.MODES,
            topic=Topic.LOOP,
            meaning="for which exit codes of the script the files of a cycle are archived",
            default="success",
            job_types=LOOPS,
        ),
        Option(
            name="resubmit-from",
            takes=Takes.HOSTS,
            topic=Topic.LOOP,
            meaning="who submits the next cycle: input, working or names of hosts; the first that can be reached",
            default="the site's",
            example="input:working",
            job_types=RESUBMITTED,
        ),
    ]
)


OPTION_NAMES = tuple(option.name for option in OPTIONS)
_BY_SQUASHED = {squashed(option.name): option for option in OPTIONS}


def find_option(name: str) -> Option | None:
    """The option that is called so, in any of its spellings."""
    return _BY_SQUASHED.get(squashed(name))
