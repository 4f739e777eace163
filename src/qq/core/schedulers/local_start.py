"""What a job of the embedded queue starts with: its environment, and whether its starter is this very qq. Pure."""

import shlex
from collections.abc import Mapping, Set

JOB_ID = "QQ_LOCAL_JOB_ID"
NODE = "QQ_LOCAL_NODE"
DEADLINE = "QQ_LOCAL_DEADLINE"
"""Epoch seconds, whole: when the walltime is over. Not set: the job has none."""
STATE = "QQ_LOCAL_QUEUE"
"""The state directory of the queue that runs the job."""


def job_environment(
    kept: Mapping[str, str], *, job_id: str, node: str, state_dir: str, deadline: float | None
) -> dict[str, str]:
    """The environment that a job starts with. ``deadline``: epoch seconds."""
    own = {JOB_ID: job_id, NODE: node, STATE: state_dir}
    if deadline is not None:
        own[DEADLINE] = str(int(deadline))
    return {name: value for name, value in kept.items() if name != "OLDPWD"} | own


def command_of(starter: str) -> tuple[str, ...]:
    """The words that call qq in a starter that does nothing but ``qq run``; empty: it is a script like any other.

    Either as its first line (``#!/opt/qq run``, ``#!/usr/bin/env -S /opt/qq run``) or as the one line that a shell runs
    (``exec /opt/qq run "$0"``).
    """
    lines = [line.strip() for line in starter.split("\n")]
    if not lines[0].startswith("#!"):
        return ()
    todo = [line for line in lines[1:] if line and not line.startswith("#")]
    if not todo:
        return _before_run(_without_env(lines[0][2:].split()))
    return _before_run(_words(todo[0])) if len(todo) == 1 and _is_shell(lines[0]) else ()


def is_own(starter: str, commands: Set[tuple[str, ...]]) -> bool:
    """Whether a starter is ``qq run`` by one of these commands (each: the words that call this very qq)."""
    return command_of(starter) in commands


def _without_env(words: list[str]) -> list[str]:
    return words[2:] if words[:2] == ["/usr/bin/env", "-S"] else words


def _is_shell(shebang: str) -> bool:
    return shebang[2:].split() in (["/bin/sh"], ["/bin/bash"], ["/usr/bin/env", "sh"], ["/usr/bin/env", "bash"])


def _words(line: str) -> list[str]:
    """Of a line that a shell would read; what only a shell can make sense of is no command of ours."""
    try:
        words = shlex.split(line)
    except ValueError:
        return []
    return words[1:] if words[:1] == ["exec"] else words


def _before_run(words: list[str]) -> tuple[str, ...]:
    if words[-1:] in (["$0"], ["$@"]):
        words = words[:-1]
    return tuple(words[:-1]) if words[-1:] == ["run"] else ()
