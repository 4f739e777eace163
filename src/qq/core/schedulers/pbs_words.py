"""What PBS's client programs say when they don't do what they are asked for. They end with an error number modulo 256.

Two things matter: whether the server certainly took nothing, and which job a line is about.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pyrsistent import pmap

from qq.core.one_line import one_line
from qq.core.schedulers.client_words import Hint, with_hint
from qq.core.schedulers.pbs_ids import same_job
from qq.core.troubles import Reason, Trouble

_NO_SERVER: Final = frozenset({160, 162, 255})
"""15008 unknown host, 15010 no connection; qstat says -1."""
_CLIENT: Final = frozenset({1, 2, 5, 7, 8})
"""The program itself refuses: a bad option or script; nothing was sent."""
_UNREACHABLE = re.compile(
    r"(?i)cannot connect to server|couldn't connect to cluster|connection refused|connection timed out|timed? ?out"
    r"|communication|end of file|premature|no route to host|unknown host|protocol error|pbs_connect|error=150(?:08|10)"
)
_NOT_SENT = re.compile(r"(?i)cannot connect to server|couldn't connect to cluster")
_CREDENTIALS = re.compile(r"(?i)kerberos|krb5|gssapi|credential|ticket")
_OWN_NAME = re.compile(r"^(?:q[a-z]+|pbsnodes):\s+")
_LONGEST = 400

HINTS: tuple[Hint, ...] = (
    (r"(?i)unknown queue", "'qstat -Q' lists the queues; choose one with --queue"),
    (r"(?i)queue is not enabled", "that queue takes no jobs now: choose another one with --queue"),
    (r"(?i)unknown resource", "this PBS has no such resource: check --props, --ngpus and the site's scratch_requests"),
    (r"(?i)violates queue and/or server resource limits", "'qstat -Qf' shows what each queue allows"),
    (r"(?i)would exceed .*limit", "wait until some of your jobs have ended, or use another queue"),
    (r"(?i)unauthorized request", "this queue is not for you: choose another one with --queue"),
    (r"(?i)illegal -W value", "check the ids after --depend"),
    (r"(?i)illegal -e value", "PBS can't take this file name or output host: rename the script"),
    (r"(?i)illegal attribute or resource value", "check the resources that you ask for"),
    (r"(?i)bad gid|bad uid|no password entry|invalid credential", "ask your centre whether your account may run jobs"),
    (r"(?i)connect to server|connect to cluster", "its server does not answer: try again later"),
)
_KILL_HINTS: tuple[Hint, ...] = (
    (r"(?i)could not connect to MOM", "its node does not answer: 'qq kill --force' drops the job all the same"),
    (r"(?i)unauthorized request", "it is not your job"),
)

_HISTORY_OFF = "not configured to maintain job history"
_UNKNOWN = re.compile(r"Unknown Job Id (\S+)")
_NO_JOB: Final = pmap({"Job has finished": "it has ended", "Unknown Job Id": "PBS does not know it"})


def submission_failed(code: int, said: str) -> Trouble:
    """Why qsub did not submit a job. Refused: the server certainly has none, also where nobody could be reached."""
    silent = _is_silent(code, said)
    words = _first(said) or f"it ended with code {code} and said nothing"
    text = with_hint(f"PBS {'does not answer' if silent else 'refused'} (qsub: {words})", said, HINTS)
    if silent and not _NOT_SENT.search(said):
        return Trouble(Reason.BATCH_NOT_ANSWERING, text, transient=True)
    return Trouble(Reason.BATCH_REFUSED, text, transient=silent or bool(_CREDENTIALS.search(said)))


def _is_silent(code: int, said: str) -> bool:
    if code in _CLIENT:
        return False
    return code < 0 or code in _NO_SERVER or bool(_UNREACHABLE.search(said)) or not said.strip()


def question_failed(program: str, code: int, said: str) -> Trouble:
    """Why a question has no answer."""
    words = _first(said) or f"it ended with code {code} and said nothing"
    text = with_hint(f"PBS does not answer ({program}: {words})", said, HINTS[-1:])
    return Trouble(Reason.BATCH_NOT_ANSWERING, text, transient=True)


def history_is_off(said: str) -> bool:
    """Whether this server keeps no history: then ``-x`` gets no answer at all, with exit code 0."""
    return _HISTORY_OFF in said


def unknown_jobs(said: str) -> frozenset[str]:
    """The ids that a server says it does not know."""
    return frozenset(_UNKNOWN.findall(said))


def refused_ends(code: int, said: str, ids: Iterable[str]) -> Mapping[str, Trouble | None]:
    """What qdel made of each job; None: it took the request."""
    lines = [_without_name(line) for line in said.splitlines() if line.strip()]
    about = {job_id: next((line for line in lines if _names(line, job_id)), None) for job_id in ids}
    if code and not any(about.values()):
        return dict.fromkeys(about, _failed_kill(code, said))
    return {job_id: None if line is None else _refused_end(job_id, line) for job_id, line in about.items()}


def _names(line: str, job_id: str) -> bool:
    return any(same_job(job_id, word) for word in line.split())


def _refused_end(job_id: str, line: str) -> Trouble:
    why = next((words for start, words in _NO_JOB.items() if line.startswith(start)), one_line(line[:_LONGEST]))
    if _CREDENTIALS.search(line):
        return Trouble(Reason.BATCH_NOT_ANSWERING, with_hint(f"PBS: {why}", line, ()), transient=True)
    return Trouble(Reason.BATCH_REFUSED, with_hint(f"PBS refused to end {job_id}: {why}", line, _KILL_HINTS))


def _failed_kill(code: int, said: str) -> Trouble:
    if code in _NO_SERVER or _UNREACHABLE.search(said) or not said.strip():
        return question_failed("qdel", code, said)
    return Trouble(Reason.BATCH_REFUSED, with_hint(f"PBS refused (qdel: {_first(said)})", said, _KILL_HINTS))


def _first(said: str) -> str:
    """What was said, on one line: from the program's own words on, without the page on its usage that may follow."""
    lines = [line for line in said.splitlines() if line.strip()]
    begins = next((number for number, line in enumerate(lines) if _OWN_NAME.match(line)), 0)
    ends = next((number for number, line in enumerate(lines) if line.startswith("usage:")), len(lines))
    words = " ".join(_without_name(line) for line in (lines[begins:ends] or lines))
    return one_line(words[:_LONGEST])


def _without_name(line: str) -> str:
    return _OWN_NAME.sub("", line.strip())
