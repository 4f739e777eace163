"""What `qq doctor` decides: facts that were observed of an installation → what is well, and what to do where it is not.

A warning stands in nobody's way; a fault does.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from qq.core.amounts import seconds_text, size_text
from qq.core.installation import (
    BatchSystem,
    Called,
    Configured,
    Fact,
    FileClock,
    FromJob,
    InLoginShell,
    Installed,
    Misread,
    Node,
    NoNode,
    OwnQueue,
    Program,
    Scratch,
    StartUp,
    TinyJob,
)

CLOCK_TOLERANCE = 5.0
"""Seconds by which clocks may differ: the times that people compare are told to the second."""
LEAST_ROOM = 1 << 30
"""Bytes: what a job gets of scratch for one cpu if nobody says."""

_LINES = {
    "bash": ("~/.bashrc", 'eval "$(qq shell-init bash)"'),
    "zsh": ("~/.zshrc", 'eval "$(qq shell-init zsh)"'),
    "fish": ("~/.config/fish/config.fish", "qq shell-init fish | source"),
}
"""Shell → its start-up file as people call it, and the line that belongs there."""


class Level(StrEnum):
    """How well it is."""

    FINE = "fine"
    WARNING = "warning"
    FAULT = "fault"


class Finding(Struct, frozen=True):
    """What there is to say of one thing that was looked at."""

    check: str
    level: Level
    words: str
    next: str = ""
    """What to do; empty where nothing is to be done."""

    def data(self) -> dict[str, object]:
        """Plain data, for JSON."""
        return {"check": self.check, "level": str(self.level), "words": self.words, "next": self.next or None}


def findings(facts: Iterable[Fact], version: str) -> list[Finding]:
    """What there is to say, in the order of the facts. ``version``: of the qq that looks."""
    return [finding for fact in facts for finding in _findings(fact, version)]


def is_well(found: Iterable[Finding]) -> bool:
    """Whether nothing stands in the way."""
    return all(finding.level is not Level.FAULT for finding in found)


def summary(found: Iterable[Finding]) -> str:
    """All of it in a line."""
    levels = [finding.level for finding in found]
    faults, warnings = levels.count(Level.FAULT), levels.count(Level.WARNING)
    parts = [_counted(faults, "fault"), _counted(warnings, "warning")]
    return ", ".join(part for part in parts if part) or "all is well"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""


def _findings(fact: Fact, version: str) -> list[Finding]:
    match fact:
        case Installed():
            return [_of_installed(fact)]
        case Configured():
            return _of_configured(fact)
        case Misread():
            return [Finding("configuration", Level.FAULT, fact.words, "mend the file")]
        case BatchSystem():
            return [_of_batch_system(fact)]
        case OwnQueue():
            return [_of_queue(fact)]
        case Program():
            return [_of_program(fact)]
        case Scratch():
            return [_of_scratch(fact)]
        case StartUp():
            return [_of_start_up(fact)]
        case FromJob():
            return _of_job_start(fact, version)
        case InLoginShell():
            return [_of_login_shell(fact.called, version)]
        case Node():
            return _of_node(fact, version)
        case NoNode():
            return [Finding("ssh to a node", Level.FINE, f"not tried: {fact.why}")]
        case FileClock():
            return [_of_file_clock(fact)]
        case TinyJob():
            return _of_job(fact, version)
        case _ as never:
            assert_never(never)


def _of_installed(fact: Installed) -> Finding:
    if fact.path is None:
        words = f"{fact.version} runs, but its command can't be found, so no job could run it"
        return Finding("qq", Level.FAULT, words, "install qq, or put it on PATH")
    return Finding("qq", Level.FINE, f"{fact.version}, {fact.path}, Python {fact.python}")


def _of_configured(fact: Configured) -> list[Finding]:
    if not fact.flaws:
        return [Finding("configuration", Level.FINE, f"{fact.file}: nothing is wrong")]
    return [Finding("configuration", Level.FAULT, f"{fact.file}{flaw}", "mend that line") for flaw in fact.flaws]


def _of_batch_system(fact: BatchSystem) -> Finding:
    name = f"site {fact.site}, {fact.version or fact.engine}"
    if fact.silent is None:
        return Finding("batch system", Level.FINE, f"{name}: it answers")
    return Finding(
        "batch system", Level.FAULT, f"{name}: {fact.silent}", "try again; qq site tells why it is this site"
    )


def _of_queue(fact: OwnQueue) -> Finding:
    if fact.trouble is not None:
        words = f"{fact.directory}: {fact.trouble}"
        return Finding("queue of this machine", Level.FAULT, words, "make it yours, or set XDG_STATE_HOME")
    state = "it answers" if fact.in_use else "not used yet; it can be made"
    return Finding("queue of this machine", Level.FINE, f"{fact.directory}: {state}")


def _of_program(fact: Program) -> Finding:
    if fact.version is not None:
        return Finding(fact.name, Level.FINE, fact.version)
    if fact.needed:
        words = "it is not installed here, and files go to and from the nodes by it"
        return Finding(fact.name, Level.FAULT, words, f"install {fact.name}, or load its module")
    return Finding(fact.name, Level.FINE, "it is not installed, and not needed here")


def _of_scratch(fact: Scratch) -> Finding:
    check = f"work-dir {fact.kind}"
    first = next((each for each in fact.candidates if each.trouble is None), None)
    if first is None and (fact.on_node or not fact.candidates):
        words = f"{', else '.join(fact.templates)}: known on the node, or with an account, only; --job tries it there"
        return Finding(check, Level.FINE, words)
    if first is None:
        troubles = "; ".join(f"{each.path}: {each.trouble}" for each in fact.candidates)
        return Finding(check, Level.FAULT, troubles, "set its paths in [scratch] of a site's table (qq site shows it)")
    here = " on this host" if fact.on_node else ""
    words = f"{first.path}: writable{here}, {size_text(first.free)} free"
    if first.free < LEAST_ROOM and not fact.on_node:
        return Finding(check, Level.WARNING, words, "make room: a job with one cpu counts on 1 GB")
    return Finding(check, Level.FINE, words)


def _of_start_up(fact: StartUp) -> Finding:
    check = "start-up file"
    if fact.shell not in _LINES:
        return Finding(check, Level.FINE, f"nothing to look for: qq completes in {', '.join(_LINES)}, not {fact.shell}")
    file, line = _LINES[fact.shell]
    if _has_line(fact.text, fact.shell):
        return Finding(check, Level.FINE, f"{file} reads 'qq shell-init {fact.shell}'")
    if fact.block.strip() in fact.text:
        return Finding(check, Level.FINE, f"{file} holds what 'qq shell-init {fact.shell}' prints")
    if "_QQ_COMPLETE" in fact.text:
        words = f"{file} holds what an older qq printed"
        return Finding(check, Level.WARNING, words, f"put this line there instead: {line}")
    words = f"{file} does not read 'qq shell-init {fact.shell}': nothing is completed, and qq cd only prints"
    return Finding(check, Level.WARNING, words, f"put this line at its end: {line}")


def _has_line(text: str, shell: str) -> bool:
    return re.search(rf"^[^#\n]*\bqq shell-init {shell}\b", text, re.MULTILINE) is not None


def _of_job_start(fact: FromJob, version: str) -> list[Finding]:
    check, called = "qq for jobs", fact.called
    if called.version is None:
        words = f"{called.command} can't be started without your environment: {called.said}"
        return [Finding(check, Level.FAULT, words, "install qq anew, or set qq_command of the site")]
    if called.version != version:
        words = f"{called.command} is qq {called.version}, this is {version}"
        return [Finding(check, Level.WARNING, words, "set qq_command of the site to this qq, or use that one")]
    if not fact.shared:
        words = f"{called.command} starts, but as far as can be told the nodes don't see that directory"
        return [Finding(check, Level.WARNING, words, "install qq on shared storage, or try: qq doctor --job")]
    return [Finding(check, Level.FINE, f"{called.command} starts without your environment")]


def _of_login_shell(called: Called, version: str) -> Finding:
    check = "qq in a login shell"
    if called.version == version:
        return Finding(check, Level.FINE, f"{called.command} finds it")
    found = f"finds qq {called.version}, this is {version}" if called.version else f"does not find qq: {called.said}"
    words = f"{called.command} {found}; jobs start all the same, but a script that calls qq relies on it"
    return Finding(check, Level.WARNING, words, "put the directory of this qq first on PATH in your start-up file")


def _of_node(fact: Node, version: str) -> list[Finding]:
    check = "ssh to a node"
    if fact.trouble is not None and fact.chosen:
        words = f"{fact.trouble} (many clusters let you in only while a job of yours runs there)"
        return [Finding(check, Level.WARNING, words, "try one where your job runs: qq doctor --node NAME")]
    if fact.trouble is not None:
        return [Finding(check, Level.FAULT, fact.trouble, f"try: ssh -o BatchMode=yes {fact.name} true")]
    words = f"{fact.name} is reached without a password, and qq {fact.version} answers"
    if fact.version != version:
        reached = Finding(check, Level.WARNING, f"{words}, this is {version}", "install the same qq on both")
    else:
        reached = Finding(check, Level.FINE, words)
    return [reached, *([] if fact.ahead is None else [_clock(f"clock of {fact.name}", fact.ahead)])]


def _of_file_clock(fact: FileClock) -> Finding:
    check = "clock of the storage"
    if fact.ahead is None:
        words = f"not compared: nothing can be written into {fact.directory}"
        return Finding(check, Level.FINE, words)
    return _clock(check, fact.ahead)


def _clock(check: str, ahead: float) -> Finding:
    if abs(ahead) <= CLOCK_TOLERANCE:
        return Finding(check, Level.FINE, "the same as this host's")
    words = (
        f"{seconds_text(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} this host's: times that qq tells are off"
    )
    return Finding(check, Level.WARNING, words, "tell the administrators")


def _of_job(fact: TinyJob, version: str) -> list[Finding]:
    check = "a real job"
    if fact.trouble is not None:
        kept = f"look at what it left in {fact.kept}" if fact.kept else "mend that, and try again"
        named = f"{fact.job_id}: " if fact.job_id else ""
        return [Finding(check, Level.FAULT, f"{named}{fact.trouble}", kept)]
    place = f"in {fact.work_dir}" if fact.work_dir else "in the input directory"
    words = f"{fact.job_id} ran on {fact.node} {place}" + (f", with qq {fact.version}" if fact.version else "")
    differs = fact.version not in (version, None)
    ran = Finding(
        check,
        Level.WARNING if differs else Level.FINE,
        f"{words}, this is {version}" if differs else words,
        "set qq_command of the site to this qq" if differs else "",
    )
    return [ran, *([] if fact.told is None else [_clock(f"clock of {fact.node}", _outside(fact, fact.told))])]


def _outside(fact: TinyJob, told: float) -> float:
    """How far a clock is off at least, in seconds: it was looked at between two moments of ours."""
    return min(0.0, told - fact.sent) + max(0.0, told - fact.seen)
