"""What Slurm's client programs say when they fail: a refusal, or no answer, and what to do about it."""

import re

from qq.core.result import Failure, Result, Success
from qq.core.schedulers.client_words import Hint, line_for_people, with_hint
from qq.core.troubles import Reason, Trouble

_UNANSWERED = re.compile(
    r"(?i)unable to contact slurm|timed out|zero bytes were transmitted|connection (?:refused|reset)|transport endpoint"
    r"|communication|no route to host|temporarily un(?:able|available)|problem talking to the database"
    r"|unable to connect|persistent connection|could not establish|standby mode|resource temporarily unavailable"
    r"|munge|authentication|credential|failed to load|unable to establish|slurmdbd"
)
"""After these it is not known whether the request arrived, or it was not asked at all."""

_NO_PLACE = re.compile(
    r"(?i)requested node configuration is not available|required node not available|nodes are busy|not available now"
)
"""Of ``sbatch --test-only``: no node that is up fits. A real submission is refused, or waits for one that is down."""

_SIZES = "'sinfo -e -o \"%P %D %T %c %m %G\"' shows nodes, their state, cpus, memory and gpus"
HINTS: tuple[Hint, ...] = (
    (
        r"(?i)invalid account|account/partition|no association|not a valid account",
        "name your project with --account; 'sacctmgr show associations user=$USER format=account,partition' lists them",
    ),
    (
        r"(?i)invalid partition|required partition not available|access denied to requested partition",
        "'sinfo -s' lists the partitions; choose one with --queue",
    ),
    (r"(?i)invalid qos", "ask your centre which quality of service your project has"),
    (
        r"(?i)submit ?limit|violates accounting/qos policy|maxsubmit|job count",
        "a limit of your account is reached: wait until some of your jobs have ended, or ask for less "
        "('sacctmgr show associations user=$USER' shows the limits)",
    ),
    (r"(?i)time limit is invalid", "ask for less walltime, or another queue; 'scontrol show partition' shows MaxTime"),
    (
        r"(?i)node configuration is not available|node count|more processors|memory specification|generic resource",
        f"no node of this queue has so much; {_SIZES}",
    ),
    (r"(?i)invalid feature", "'sinfo -o \"%P %f\"' shows which properties the nodes have"),
    (r"(?i)dependency", "check the ids after --depend"),
    (r"(?i)pathname", "the path of the input directory is too long for Slurm"),
    (r"(?i)unable to contact slurm|standby mode", "its controller does not answer: try again later"),
)


def failure_of(program: str, code: int, said: str, *, refused: str = "refused") -> Trouble:
    """Why a client program ended with a code that is not 0, and with these words on stderr."""
    words = line_for_people(said) or f"it ended with code {code} and said nothing"
    if _UNANSWERED.search(said):
        text = with_hint(f"Slurm does not answer ({program}: {words})", said, HINTS)
        return Trouble(Reason.BATCH_NOT_ANSWERING, text, transient=True)
    return Trouble(Reason.BATCH_REFUSED, with_hint(f"Slurm {refused} ({program}: {words})", said, HINTS))


def verdict(code: int, said: str) -> Result[str, Trouble]:
    """What ``sbatch --test-only`` said on stderr: why a job would be refused, or what to warn of, or nothing.

    Its estimate of the start is left out: it knows nothing of dependencies, and counts all that waits as if in a row.
    """
    if not code:
        return Success("")
    trouble = failure_of("sbatch", code, said, refused="would refuse it")
    if trouble.reason is Reason.BATCH_REFUSED and _NO_PLACE.search(said):
        words = f"as the nodes are now, Slurm has no place for it (sbatch: {line_for_people(said)})"
        return Success(f"{words}: it would wait for one, or be refused; {_SIZES}")
    return Failure(trouble)


def refusal_of_end(job_id: str, why: str) -> Trouble:
    """Why a job was not ended: Slurm would not, or could not be asked."""
    if _UNANSWERED.search(why):
        return failure_of("scancel", 1, why)
    return Trouble(Reason.BATCH_REFUSED, f"Slurm refused to end {job_id}: {why}")


def nothing_sent(said: str) -> bool:
    """Whether the controller can't have got a request, for nobody could be connected to."""
    return "connect failure" in said


UNKNOWN_JOB = re.compile(r"(?i)invalid job id")
_KILL = re.compile(r"(?m)Kill job error on job id (\S+?): (.+)$")


def refused_ends(said: str) -> dict[str, str]:
    """Which jobs scancel could not end, and why, from what ``scancel -v`` says."""
    return {match[1]: match[2].strip() for match in _KILL.finditer(said)}
