"""What can go wrong, and every way a job can end, as a closed list: number, sentence, next command.

New ways to fail get a new member here, not a string somewhere else. Numbers stand in records: they never change.
"""

from enum import Enum

from msgspec import Struct


class Words(Struct, frozen=True):
    """What there is to say of a member of a closed list."""

    number: int
    sentence: str
    next_command: str = ""
    """What to type next; ``{job}`` stands for the job's id."""


class Numbered(Enum):
    """A closed list whose members have a number, which never changes, and a sentence."""

    _value_: Words

    @property
    def number(self) -> int:
        """As it is written into records, and shown."""
        return self.value.number

    @property
    def sentence(self) -> str:
        """For people; no full stop, starts in lower case."""
        return self.value.sentence


class Reason(Numbered):
    """Why a job or a command ended as it did."""

    # The script's own end: nothing is left to bring home that the modes allow.
    SCRIPT_FAILED = Words(1, "the script ended with a non-zero exit code", "qq respawn {job}")
    SCRIPT_DIED = Words(2, "the script died of a signal", "qq respawn {job}")
    # Somebody ended the job.
    KILLED_BY_USER = Words(10, "killed by the user", "qq respawn {job}")
    WALLTIME = Words(11, "the walltime was reached", "qq respawn {job}")
    REQUEUED = Words(12, "the batch system took the job back into its queue")
    TERMINATED = Words(13, "the batch system terminated the job", "qq respawn {job}")
    NODE_LOST = Words(14, "the node vanished while the job was running", "qq recover {job}")
    NEVER_SUBMITTED = Words(15, "the batch system never got the job", "qq recover {job}")
    VANISHED = Words(16, "the processes of the job vanished", "qq recover {job}")
    DEPENDENCY = Words(
        17,
        "a job it depends on can't end as it would have to",
        "qq clear, then qq submit (with a dependency that can be met)",
    )
    STARTER_NOT_FOUND = Words(
        18, "the compute node does not find qq", "qq submit (after mending the site's qq_command)"
    )
    NOT_STARTED = Words(19, "the job ended before qq run could begin", "qq recover {job}")
    # Before the script began.
    PREVIOUS_NOT_FINISHED = Words(
        20, "the cycle before this one is not finished", "finish that one, then qq respawn {job}"
    )
    NO_SCRATCH = Words(21, "no scratch directory can be used", "qq respawn {job}")
    STAGE_IN = Words(22, "the input could not be copied to scratch", "qq respawn {job}")
    INCLUDED_MISSING = Words(23, "an included path is missing", "qq respawn {job}")
    SCRATCH_FULL = Words(24, "no space is left on scratch while staging in", "qq respawn {job}")
    INPUT_DIR_GONE = Words(25, "the input directory is gone")
    INTERPRETER_MISSING = Words(26, "the interpreter can't be started", "qq respawn {job}")
    NO_NODES = Words(27, "the nodes of the job could not be found out", "qq respawn {job}")
    SCRIPT_MISSING = Words(28, "the script can't be read", "qq respawn {job}")
    NEVER_STARTS = Words(29, "it asks for what the batch system can never give", "qq kill {job}, then ask for less")
    # After the script has ended: nothing is deleted, recovery finishes the job.
    WORK_DIR_GONE = Words(40, "the working directory is gone", "qq respawn {job}")
    HOME_FULL = Words(41, "no space is left while results are copied home", "make room, then qq recover {job}")
    COPY_HOME = Words(42, "the results could not be copied home", "qq recover {job}")
    ARCHIVING = Words(43, "the files of the cycle could not be archived", "qq recover {job}")
    NOT_VERIFIED = Words(44, "what arrived is not what was sent", "qq recover {job}")
    RESUBMISSION = Words(45, "the next cycle could not be submitted", "qq recover {job}")
    PLACE_TAKEN = Words(46, "something stands where a file has to go", "move it away, then qq recover {job}")
    NO_ROOM_FOR_PROOF = Words(
        47, "no space is left on scratch to note what has arrived at home", "make room there, then qq recover {job}"
    )
    # The world.
    RECORD_UNREADABLE = Words(60, "the info file can't be read")
    RECORD_INVALID = Words(61, "the info file is not valid")
    RECORD_NOT_WRITTEN = Words(62, "the info file could not be written", "qq recover {job}")
    HOST_UNREACHABLE = Words(63, "a host can't be reached", "qq recover {job}")
    PERMISSION = Words(64, "permission denied")
    NO_SPACE = Words(65, "no space is left")
    IO_ERROR = Words(66, "reading or writing failed")
    NO_SUCH_FILE = Words(67, "no such file or directory")
    TOOL_MISSING = Words(68, "a program that qq needs is missing")
    BATCH_NOT_ANSWERING = Words(69, "the batch system does not answer")
    BATCH_REFUSED = Words(70, "the batch system refused")
    INTERRUPTED = Words(71, "interrupted by a signal")
    LOCKED = Words(72, "another command is changing this directory right now", "try again")
    DISOWNED = Words(73, "the info file belongs to another job, or to another attempt, by now")
    CONTRADICTION = Words(80, "the info file and the batch system contradict each other", "qq info {job}")
    NOT_RECORDED = Words(89, "failed for a reason that was not recorded", "qq info {job}")
    BUG = Words(99, "a bug in qq", "see the traceback in the .qqout file")

    @property
    def next_command(self) -> str:
        """What to type next, with ``{job}`` for the job's id; empty if there is nothing."""
        return self.value.next_command

    @staticmethod
    def by_number(number: int) -> "Reason":
        """The member with this number; one that is not known reads as ``NOT_RECORDED``."""
        return _BY_NUMBER.get(number, Reason.NOT_RECORDED)


_BY_NUMBER = {reason.number: reason for reason in Reason}


class Trouble(Struct, frozen=True):
    """Something that went wrong in the world: which reason, and in words what happened to which file, host or job."""

    reason: Reason
    words: str
    transient: bool = False
    """Whether trying again later may help."""

    def __str__(self) -> str:
        return self.words or self.reason.sentence
