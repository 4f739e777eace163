"""The info file's content: the tree that its YAML holds ⇄ ``JobInfo`` (SPEC 5). Keys that qq does not know are kept.

``JobInfo.unknown`` holds them, frozen: unknown keys of the file under their own names, those inside ``resources``,
``loop_info`` and other mappings under the name of that mapping, and a word for the state that qq does not know under
``job_state``.
"""

from collections.abc import Mapping
from typing import Any

from pyrsistent import pmap, pvector

from qq.core.paths import join, relative_to
from qq.core.records import nested
from qq.core.records.fields import Field, Tree, read_values, rest, thawed, write_fields, writes
from qq.core.records.job import JobInfo, LoopInfo
from qq.core.records.parse import parse_depend, parse_modes
from qq.core.records.reading import (
    absolute_path,
    command_line,
    exit_code,
    file_name,
    flag,
    host,
    job_id,
    many,
    one_of,
    positive,
    prose,
    text,
    time,
    time_text,
    token,
    umask,
)
from qq.core.records.values import Resources
from qq.core.result import Failure, Fault, Faults, Result, Success, fault
from qq.core.states import JobType, RecordState

COMMENT = "The record of a qq job. Look with `qq info`; change nothing while the job is queued or running."
"""The first line of what this qq writes."""
STATE = "job_state"
_STATES = {state.value: state for state in RecordState}


def job_from_tree(tree: object) -> Result[JobInfo, Faults]:
    """The record, or all that is wrong with it. Whether it is this user's job is not looked at here."""
    if not isinstance(tree, Mapping):
        return fault("", "it holds no mapping of keys and values")
    values, faults = read_values(JOB, tree, "")
    faults += _contradictions(values, tree)
    if faults:
        return Failure(pvector(faults))
    values.setdefault("job_id", None)
    values.setdefault("resources", Resources())
    if "token" not in values:
        values["token"] = token_for(str(values["job_id"]))
    return Success(JobInfo(**values, unknown=pmap(_unknown(tree, values["state"]))))


def tree_from_job(job: JobInfo) -> Tree:
    """The mapping that is written: known keys in the order of SPEC 5, then the others."""
    tree = write_fields(job, JOB)
    for key in sorted(job.unknown):
        value = thawed(job.unknown[key])
        if key not in _KEYS:
            tree[key] = value
        elif key == STATE:
            tree[key] = value if job.state is RecordState.UNKNOWN else tree[key]
        else:
            _put_back(tree, job, key, value)
    return tree


def token_for(job_id: str) -> str:
    """The token of a record that an older wrapper wrote without one."""
    from hashlib import sha256  # few records need it, and it loads all of OpenSSL

    return sha256(f"job {job_id}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _put_back(tree: Tree, job: JobInfo, key: str, unknown: object) -> None:
    """Unknown keys return into their mapping if the record still has it: one with nothing else in it was left out."""
    if isinstance(unknown, dict) and key in _MAPPINGS and getattr(job, _MAPPINGS[key]) is not None:
        inner = tree.setdefault(key, {})
        assert isinstance(inner, dict)  # as every mapping is written
        inner.update({name: value for name, value in unknown.items() if name not in inner})


def _unknown(tree: Mapping[str, object], state: RecordState) -> dict[str, object]:
    unknown = rest(JOB, tree)
    for key, table in nested.NESTED.items():
        inner = rest(table, tree.get(key))
        if inner:
            unknown[key] = pmap(inner)
    if state is RecordState.UNKNOWN and tree[STATE] != RecordState.UNKNOWN.value:
        unknown[STATE] = tree[STATE]
    return unknown


def _state(raw: object, place: str) -> Result[RecordState, Faults]:
    return text(raw, place).map(lambda word: _STATES.get(word, RecordState.UNKNOWN))


def _contradictions(values: Mapping[str, Any], tree: Mapping[str, object]) -> list[Fault]:
    """What must hold between fields, as far as these could be read."""
    faults = []
    job_type, has_loop = values.get("job_type"), tree.get("loop_info") is not None
    if job_type is not None and (job_type is JobType.LOOP) != has_loop:
        faults.append(Fault("loop_info", f"a {job_type} job {'has none' if has_loop else 'needs one'}"))
    if "loop" in values:
        faults += _loop_faults(values["loop"], values.get("input_dir"))
    if tree.get("job_id") is None and tree.get("token") is None:
        faults.append(Fault("job_id", "is missing, and so is the token"))
    return faults


def _loop_faults(loop: LoopInfo, input_dir: str | None) -> list[Fault]:
    faults = []
    if not loop.start <= loop.end:
        faults.append(Fault("loop_info.end", f"{loop.end} comes before the start, {loop.start}"))
    if loop.current < loop.start:
        faults.append(Fault("loop_info.current", f"{loop.current} comes before the start, {loop.start}"))
    if input_dir is not None and relative_to(join(input_dir, loop.archive), input_dir) in (None, "."):
        faults.append(Fault("loop_info.archive", f"{loop.archive!r} is no directory inside the input directory"))
    return faults


JOB = (
    Field("batch_system", "batch_system", text, required=True),
    Field("qq_version", "qq_version", text, required=True),
    Field("username", "username", text, required=True),
    Field("job_id", "job_id", job_id),
    Field("job_name", "job_name", file_name, required=True),
    Field("script_name", "script_name", file_name, required=True),
    Field("queue", "queue", text, required=True),
    Field("job_type", "job_type", one_of(JobType), str, required=True),
    Field("input_machine", "input_machine", host, required=True),
    Field("input_dir", "input_dir", absolute_path, required=True),
    Field(STATE, "state", _state, str, required=True),
    Field("submission_time", "submission_time", time, time_text, required=True),
    Field("stdout_file", "stdout_file", file_name, required=True),
    Field("stderr_file", "stderr_file", file_name, required=True),
    Field("resources", "resources", nested.resources, writes(nested.RESOURCES)),
    Field("excluded_files", "excluded", many(absolute_path)),
    Field("included_files", "included", many(absolute_path)),
    Field("transfer_mode", "transfer_mode", parse_modes, nested.mode_words, empty=True),
    Field("depend", "depend", parse_depend, lambda depend: [str(one) for one in depend]),
    Field("loop_info", "loop", nested.loop_info, writes(nested.LOOP)),
    Field("account", "account", text),
    Field("server", "server", text),
    Field("interpreter", "interpreter", command_line),
    Field("start_time", "start_time", time, time_text),
    Field("main_node", "main_node", host),
    Field("all_nodes", "all_nodes", many(host)),
    Field("work_dir", "work_dir", absolute_path),
    Field("completion_time", "completion_time", time, time_text),
    Field("job_exit_code", "exit_code", exit_code),
    Field("script_exit_code", "script_exit_code", exit_code),
    Field("failure", "failure", nested.failure, writes(nested.FAILURE)),
    Field("killed_by", "killed_by", nested.killed_by, writes(nested.KILLED_BY)),
    Field("delivered", "delivered", time, time_text),
    Field("notes", "notes", many(prose)),
    Field("resubmit_from", "resubmit_from", many(host)),
    Field("resubmitted_as", "resubmitted_as", job_id),
    Field("previous", "previous", job_id),
    Field("token", "token", token),
    Field("attempt", "attempt", positive),
    Field(
        "earlier_work_dirs",
        "earlier_work_dirs",
        nested.work_dirs,
        lambda dirs: [write_fields(one, nested.WORK_DIR) for one in dirs],
    ),
    Field("qq_path", "qq_path", absolute_path),
    Field("umask", "umask", umask, lambda mask: f"{mask:04o}"),
    Field("requeue", "requeue", flag, lambda requeue: requeue or None),
    Field("site", "site", nested.site, writes(nested.SITE)),
    Field("settings", "settings", nested.settings, writes(nested.SETTINGS)),
)
"""All keys of an info file, in the order in which they are written."""

_KEYS = frozenset(field.key for field in JOB)
_MAPPINGS = {field.key: field.name for field in JOB if field.key in nested.NESTED}
