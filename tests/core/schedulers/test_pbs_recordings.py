"""What a real OpenPBS said, read by qq: every recording is used, and a file that nobody knows what to do with fails."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from qq.core.evidence import Seen
from qq.core.replacing import replace
from qq.core.schedulers import pbs_states, pbs_words
from qq.core.schedulers.pbs_ids import is_id, same_job
from qq.core.schedulers.pbs_jobs import parse_jobs, seen
from qq.core.schedulers.pbs_nodes import parse_nodes
from qq.core.schedulers.pbs_queues import parse_queues, parse_server
from qq.core.schedulers.pbs_text import blocks
from qq.core.states import BatchState
from qq.core.troubles import Reason
from tests.recorded import Recording, is_call, names, recording, text_of

NAMES = names("pbs")
OURS = {
    "Q": BatchState.QUEUED,
    "H": BatchState.HELD,
    "W": BatchState.WAITING,
    "S": BatchState.SUSPENDED,
    "R": BatchState.RUNNING,
    "B": BatchState.RUNNING,
    "E": BatchState.EXITING,
}


# --- jobs -------------------------------------------------------------------------------------------------------------


def jobs_in_text(call: Recording) -> None:
    """Every job that was printed is there, with the state that PBS gave it, and its end."""
    jobs = parse_jobs(call.out)
    assert list(jobs) == re.findall(r"^Job Id: (\S+)$", call.out, re.MULTILINE)
    for job_id, job in blocks(call.out, "Job Id"):
        check_job(jobs[job_id], job)
    check_silence(call, len(jobs))


def check_job(found: Seen, job: Mapping[str, str]) -> None:
    letter = job["job_state"]
    over = letter in "FX"
    if not over:
        assert found.state is OURS[letter]
        assert found.ended is None
        return
    status = job.get("Exit_status") if "exec_host" in job or job.get("array") == "True" else None
    assert found.state is (BatchState.FINISHED if status == "0" else BatchState.FAILED)
    assert found.ended is not None
    assert (found.exit_code is None) == (status is None or status.startswith("-"))
    assert found.started is None or found.nodes or job.get("array") == "True"
    assert found.name
    assert found.user
    assert found.walltime is not None


def check_silence(call: Recording, count: int) -> None:
    """A code that is not 0, or words on stderr, say of each job that is missing what is the matter."""
    if call.code == 0 and count:
        return
    asked = [word for word in call.argv[1:] if is_id(word)]
    unknown = pbs_words.unknown_jobs(call.err)
    if unknown:
        assert any(same_job(word, other) for word in asked for other in unknown)
    elif pbs_words.history_is_off(call.err):
        assert (call.code, call.out) == (0, "")
    else:
        trouble = pbs_words.question_failed(call.argv[0], call.code, call.err)
        assert trouble.reason is Reason.BATCH_NOT_ANSWERING
        assert call.err.splitlines()[-1].strip()[:20].partition(": ")[2] in trouble.words


def flattened(job: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Attributes of the JSON form under the names of the text form."""
    flat: dict[str, str] = {}
    for key, value in job.items():
        if isinstance(value, dict) and key == "Variable_List":
            flat[key] = ",".join(f"{name}={str(item).replace(',', chr(92) + ',')}" for name, item in value.items())
        elif isinstance(value, dict):
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = str(value)
    return flat


def jobs_in_json(call: Recording) -> None:
    """The JSON form says the same as the text form of the same job, which was recorded a moment earlier."""
    jobs = {job_id: seen(job_id, flattened(job)) for job_id, job in json.loads(call.out).get("Jobs", {}).items()}
    assert BatchState.UNKNOWN not in {job.state for job in jobs.values()}
    twin = call.name.replace("_json_fx", "_fxw")
    if twin != call.name and twin in NAMES:
        in_text = parse_jobs(recording("pbs", twin).out)
        assert {job_id: steady(job) for job_id, job in jobs.items()} == {
            key: steady(job) for key, job in in_text.items()
        }
    check_silence(call, len(jobs))


def steady(job: Seen) -> Seen:
    """Without what changes while a job runs, and what JSON writes in its own way."""
    return replace(job, percent_cpu=None, percent_mem=None, comment="", ended=None)


def jobs_in_a_table(call: Recording) -> None:
    """qq reads no tables; each state in one is a state that it knows."""
    rows = re.findall(r"^(\d+(?:\[\d*\])?\.\S+) .* ([A-Z]) .*$", call.out, re.MULTILINE)
    assert rows
    for job_id, letter in rows:
        assert is_id(job_id)
        assert letter in {*OURS, "F", "X"}


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("_fx_nowide")])
def test_wrapped_lines_say_the_same_as_whole_ones(name: str) -> None:
    wrapped, whole = (recording("pbs", f"{name.removesuffix('_fx_nowide')}_{form}") for form in ("fx_nowide", "fwtx"))
    first = parse_jobs(wrapped.out)
    job_id = next(iter(first))
    again = parse_jobs(whole.out)[job_id]
    assert steady(first[job_id]) == steady(again)
    assert first[job_id].comment == again.comment
    mine, other = (dict(blocks(call.out, "Job Id"))[job_id] for call in (wrapped, whole))
    assert mine["Variable_List"] == other["Variable_List"]
    assert mine.get("Submit_arguments") == other.get("Submit_arguments")


# --- queues, the server, nodes ----------------------------------------------------------------------------------------


def queues(call: Recording) -> None:
    if call.code:
        assert call.code == 170
        assert "nosuchqueue" in pbs_words.question_failed("qstat", call.code, call.err).words
        return
    if "json" in call.argv:
        found = {name: flattened(queue) for name, queue in json.loads(call.out)["Queue"].items()}
        by_text = {queue.name: queue for queue in parse_queues(recording("pbs", "qstat_Qfw").out)}
        assert found.keys() == by_text.keys()
        assert {name for name, queue in found.items() if queue["enabled"] == "True"} == {
            name for name, queue in by_text.items() if queue.accepts
        }
        return
    found_queues = parse_queues(call.out, default="workq")
    assert [queue.name for queue in found_queues] == re.findall(r"^Queue: (\S+)$", call.out, re.MULTILINE)
    for queue in found_queues:
        assert queue.is_default == (queue.name == "workq")
        assert queue.accepts == (queue.name != "closed")


def server(call: Recording) -> None:
    if call.code:
        check_silence(call, 0)
        return
    if "json" in call.argv:
        assert json.loads(call.out)["Server"]["pbshost"]["default_queue"] == "workq"
        return
    found = parse_server(call.out)
    assert found is not None
    assert (found.name, found.default_queue, found.keeps_history) == ("pbshost", "workq", True)
    assert (found.version, found.defaults.ncpus, found.defaults.walltime) == ("23.06.06", 1, 3600)


def nodes(call: Recording) -> None:
    if call.code:
        assert call.code == 1
        assert pbs_words.question_failed("pbsnodes", call.code, call.err).words
        return
    found = parse_nodes(call.out)
    assert [node.name for node in found] == re.findall(r"^(\w+)$", call.out, re.MULTILINE)
    for node in found:
        assert node.said
        assert node.has.ncpus
        assert node.has.mem is not None
        assert node.given.ncpus is not None
        assert all(map(is_id, node.jobs))


def nodes_in_json(call: Recording) -> None:
    for name, node in json.loads(call.out)["nodes"].items():
        text = f"{name}\n" + "".join(
            f"     {key} = {', '.join(value) if isinstance(value, list) else value}\n"
            for key, value in {**flattened(node), **({"jobs": node["jobs"]} if "jobs" in node else {})}.items()
        )
        (found,) = parse_nodes(text)
        assert found.said == node["state"]
        assert found.has.ncpus == node["resources_available"]["ncpus"]


def words_about_nodes(call: Recording) -> None:
    """Other forms of pbsnodes, which qq does not read: their states are among those that it knows."""
    states = re.findall(r"\b(free|job-exclusive|offline|down|state-unknown\S*)\b", call.out)
    assert states
    for state in states:
        assert parse_nodes(f"n1\n     state = {state}\n")[0].state != "unknown" or state.startswith("state-unknown")


# --- submissions and ends ---------------------------------------------------------------------------------------------


def submission(call: Recording) -> None:
    if call.code == 0:
        assert is_id(call.out.strip()) or "version" in call.name
        return
    if "block_true" in call.name:  # -W block=true ends with the job's own code
        assert is_id(call.out.strip())
        return
    trouble = pbs_words.submission_failed(call.code, call.err)
    assert trouble.reason is Reason.BATCH_REFUSED  # recorded are refusals only: of a lost connection nothing is known
    assert trouble.transient == (call.code in (160, 162))
    assert "usage:" not in trouble.words
    assert "\n" not in trouble.words
    first = next(line for line in call.err.splitlines() if line.startswith("qsub:"))
    assert first.removeprefix("qsub:").strip()[:40] in trouble.words


def end(call: Recording) -> None:
    ids = [word for word in call.argv[1:] if is_id(word)]
    made = pbs_words.refused_ends(call.code, call.err, ids)
    assert list(made) == ids
    if call.code == 0:
        assert set(made.values()) == {None}
    elif ids:
        assert any(trouble is not None for trouble in made.values())


def words(call: Recording) -> None:
    """Commands that qq never calls: what they say can be told people on one line all the same."""
    if call.code:
        said = pbs_words.question_failed(call.argv[0], call.code, call.err or call.out).words
        assert said
        assert "\n" not in said


def ids(call: Recording) -> None:
    if call.code:
        words(call)
    assert all(map(is_id, call.out.split()))


# --- logs of experiments ----------------------------------------------------------------------------------------------

ENDS = re.compile(r"Exit_status=(-?\d+) substate=(\d+) comment=(.*)")
PARTS = {
    "signals": ("Exit_status=271", "received SIGTERM", "child_setsid last seen alive"),
    "output_files": ("args '-k oed -o c.out -e c.err'", "c.err first (0.26, 'R', 5)", "0o100644"),
    "qsub_v_quoting": ("'QQ_ENV' = 'from env, with comma and space'", "cannot send environment with the job"),
    "formats_and_dependencies": (
        "'-l ncpus=2,mem=1gb': accepted",
        "'-l scratch_local=1gb': accepted",
        "'-l walltime=100:00:00': accepted",
        "'-r n': accepted",
        "'-W umask=27': accepted",
        "'-A acct': accepted",
        "parent deleted while held/queued, child afterany:{p}: state H",
    ),
    "more_cases": ("after scheduling resumed: afterany:{p} child H 22", "'Unknown Job Id' after 65 s: exit 153"),
    "walltime_and_background": ("bg_setsid: last seen alive", "walltime=15: SIGTERM 26.2 s after start"),
    "restart": ("history kept after server restart",),
    "measurements": ("qsub",),
}


def log(name: str) -> None:
    text = text_of("pbs", name)
    for part in PARTS[name]:
        assert part in text
    for status, substate, comment in ENDS.findall(text):
        job = {
            "job_state": "F",
            "Exit_status": status,
            "substate": substate,
            "comment": comment,
            "stime": "x",
            "exec_host": "n/0",
        }
        code = pbs_states.exit_code(job)
        assert code == {"271": 143, "265": 137, "-29": None}.get(status, int(status))
        assert pbs_states.comment(job).startswith(comment)


def job_output(name: str) -> None:
    """What a job saw of its surroundings: the same that the emulated session gives it."""
    text = text_of("pbs", name)
    if "fd 0" in text:
        assert "umask 0o77" in text
        assert re.search(r"^cwd /home/pbsuser umask", text, re.MULTILINE)
    if "PBS_JOBID=" in text:
        for variable in ("PBS_NODEFILE=/var/spool/pbs/aux/", "TMPDIR=/var/tmp/pbs.", "PBS_ENVIRONMENT=PBS_BATCH"):
            assert variable in text
    assert "output" in text or name == "job_multinode"


# --- every file has a reader ------------------------------------------------------------------------------------------

READERS: list[tuple[Callable[[tuple[str, ...]], bool], Callable[[Recording], None]]] = [
    (lambda argv: argv[0] == "qstat" and "-Q" in argv[1:2], words),
    (lambda argv: argv[0] == "qstat" and argv[1:2] in (("-Qfw",), ("-Qf",)), queues),
    (lambda argv: argv[0] == "qstat" and argv[1:2] in (("-Bf",), ("-Bfw",)), server),
    (lambda argv: argv[0] == "qstat" and argv[1:2] in (("-B",), ("--version",)), words),
    (lambda argv: argv[0] == "qstat" and "json" in argv, jobs_in_json),
    (lambda argv: argv[0] == "qstat" and "dsv" in argv, words),
    (lambda argv: argv[0] == "qstat" and "f" in "".join(argv[1:2]), jobs_in_text),
    (lambda argv: argv[0] == "qstat", jobs_in_a_table),
    (lambda argv: argv[0] == "pbsnodes" and "json" in argv, nodes_in_json),
    (lambda argv: argv[0] == "pbsnodes" and ("dsv" in argv or argv[1:2] in (("-aSj",), ("-l",))), words_about_nodes),
    (lambda argv: argv[0] == "pbsnodes", nodes),
    (lambda argv: "qsub" in argv[:2], submission),
    (lambda argv: argv[0] == "qdel", end),
    (lambda argv: argv[0] == "qselect", ids),
    (lambda argv: argv[0] in {"qmgr", "qalter", "qrerun", "qhold", "qrls", "qmove", "qsig", "pbs_hostn"}, words),
]


@pytest.mark.parametrize("name", NAMES)
def test_every_recording_is_read(name: str) -> None:
    if is_call("pbs", name):
        call = recording("pbs", name)
        next(read for fits, read in READERS if fits(call.argv))(call)
    elif name.startswith("job_"):
        job_output(name)
    else:
        log(name)
