"""Looks at an installation of qq: each check bounded in time, side by side. Decides nothing (``qq.core.doctor`` does).

But for a job that is asked for, all that is written is gone at once: what shows that a place can be written to.
"""

import os
import platform
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from qq._version import VERSION
from qq.core.installation import (
    BatchSystem,
    Called,
    Candidate,
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
)
from qq.core.records.site import Settings, Site
from qq.core.result import Failure, failed, value_or_none
from qq.core.scratch import fill, values_of
from qq.core.troubles import Trouble
from qq.shell.batch.choose import LOCAL, open_batch
from qq.shell.batch.client_program import ask
from qq.shell.commands.face import SILENT
from qq.shell.commands.side_by_side import side_by_side
from qq.shell.configuration import check, own_files
from qq.shell.here import current_directory, is_shared, own_path, user_name
from qq.shell.recognise import recognise

SECONDS = 20.0
"""That a program, a login shell or another host may take."""

_VERSION_OF = {"Slurm": ("sbatch", "--version"), "PBS": ("qstat", "--version")}
_LOGIN_SHELLS = ("bash", "zsh", "fish", "ksh", "dash", "sh")
"""Those that take a command and ``-l`` together."""
_START_UP = {"bash": ".bashrc", "zsh": ".zshrc"}

Check = Callable[[], Sequence[Fact]]


def observe(environ: Mapping[str, str], node: str | None) -> list[Fact]:
    """Everything that is seen without a job. ``node``: a host to try ssh with; None: one that takes jobs, if needed."""
    found = recognise(None, environ)
    checks: list[Check] = [
        lambda: [Installed(VERSION, own_path(), platform.python_version())],
        lambda: [Configured(file, _flaws(file)) for file in own_files(environ)],
        lambda: [StartUp(_shell(environ), _start_up_text(environ), _block(_shell(environ)))],
        lambda: [InLoginShell(_in_login_shell(environ))],
        lambda: [_file_clock(current_directory(environ))],
    ]
    if isinstance(found, Failure):
        checks.append(lambda: [Misread("; ".join(map(str, found.failure())))])
        checks += [lambda: [_node(node, environ)]] if node else []
    else:
        site, silent = found.unwrap().site, found.unwrap().silent
        checks[2:2] = [
            lambda: [BatchSystem(site.name, site.engine, _batch_version(site, environ), _words(silent))],
            lambda: [_own_queue(environ)] if site.engine == LOCAL else [],
            lambda: [*_scratch(site, environ)],
            lambda: [_from_job(site, environ)],
            lambda: [_program(name, words, site, environ) for name, words in _ACROSS],
            lambda: [_a_node(site, node, environ)],
        ]
    looked = side_by_side("checking", checks, lambda each: each(), SILENT.bar)
    return [fact for facts in looked for fact in facts]


def _words(trouble: Trouble | None) -> str | None:
    return None if trouble is None else str(trouble)


# --- programs ---------------------------------------------------------------------------------------------------------

_ACROSS = (("rsync", ("rsync", "--version")), ("ssh", ("ssh", "-V")))


def _program(name: str, argv: Sequence[str], site: Site, environ: Mapping[str, str]) -> Program:
    return Program(name, _first_line(argv, environ), site.engine != LOCAL and not site.scratch_shared)


def _batch_version(site: Site, environ: Mapping[str, str]) -> str | None:
    argv = _VERSION_OF.get(site.engine)
    return None if argv is None else _first_line(argv, environ)


def _first_line(argv: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """What a program says first when it is asked for its version (ssh says it on stderr)."""
    said = value_or_none(ask(argv, environ, seconds=SECONDS))
    if said is None or said.code != 0:
        return None
    return next((line.strip() for line in (said.out + said.err).splitlines() if line.strip()), argv[0])


# --- this user's places -----------------------------------------------------------------------------------------------


def _flaws(file: str) -> tuple[str, ...]:
    found = check(file)
    if isinstance(found, str):
        return (f": {found}",)
    return tuple(f":{flaw.line}: {flaw.words}" if flaw.line else f": {flaw.words}" for flaw in found)


def _own_queue(environ: Mapping[str, str]) -> OwnQueue:
    from qq.shell.batch.local import open_queue
    from qq.shell.batch.local.places import users_places

    places = users_places(environ)
    in_use = Path(places.database).exists()
    trouble = _why_not_writable(Path(places.directory))
    if in_use and trouble is None:
        queue = open_queue(environ)
        asked = queue.jobs(user=None, ended=False)
        woken = queue.ensure_supervisor()
        queue.close()
        trouble = _words(asked.failure() if isinstance(asked, Failure) else woken)
    return OwnQueue(places.directory, in_use, trouble)


def _scratch(site: Site, environ: Mapping[str, str]) -> Iterator[Scratch]:
    values = values_of(user_name(), None, "0", environ, environ.get("HOME") or str(Path.home()))
    for kind in sorted(site.scratch, key=lambda kind: (kind != site.default_work_dir, kind)):
        paths = [path for each in site.scratch[kind] if (path := fill(each, values, environ)) is not None]
        seen = tuple(_candidate(Path(path).parent) for path in paths)
        yield Scratch(kind, tuple(site.scratch[kind]), seen, on_node=site.engine != LOCAL and not site.scratch_shared)


def _candidate(path: Path) -> Candidate:
    trouble = _why_not_writable(path)
    return (
        Candidate(str(path), trouble=trouble) if trouble else Candidate(str(path), shutil.disk_usage(_there(path)).free)
    )


def _there(path: Path) -> Path:
    """The nearest directory above that exists."""
    return next(each for each in (path, *path.parents) if os.path.lexists(each))


def _why_not_writable(path: Path) -> str | None:
    """Why no directory can be made there, or in the nearest one above it that exists; None: one was made."""
    there = _there(path)
    try:
        Path(tempfile.mkdtemp(prefix=".qq-doctor-", dir=there)).rmdir()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        return why if there == path else f"{why}: {there}"
    return None


def _file_clock(directory: str) -> FileClock:
    try:
        with tempfile.NamedTemporaryFile(prefix=".qq-doctor-", dir=directory) as file:
            file.write(b"now")
            file.flush()
            return FileClock(directory, os.fstat(file.fileno()).st_mtime - time.time())
    except OSError:
        return FileClock(directory, None)


# --- shells -----------------------------------------------------------------------------------------------------------


def _shell(environ: Mapping[str, str]) -> str:
    """The name of the user's shell."""
    return Path(environ.get("SHELL") or "/bin/sh").name


def _start_up_text(environ: Mapping[str, str]) -> str:
    shell, home = _shell(environ), Path(environ.get("HOME") or Path.home())
    if shell == "fish":
        file = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "config.fish"
    else:
        file = Path((shell == "zsh" and environ.get("ZDOTDIR")) or home) / _START_UP.get(shell, ".profile")
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _block(shell: str) -> str:
    from qq.shell.cli.shell_init import SHELLS, block

    return block(shell) if shell in SHELLS else ""


def _from_job(site: Site, environ: Mapping[str, str]) -> FromJob:
    """As the starter runs it: by its path, with nothing of the user's environment."""
    own = own_path() or "qq"
    command = shlex.split(site.qq_command) if site.qq_command else [own]
    bare = {name: environ[name] for name in ("HOME", "USER", "LOGNAME", "TMPDIR") if name in environ}
    called = _called(shlex.join(command), [*command, "--version"], {**bare, "PATH": os.defpath})
    return FromJob(called, bool(site.qq_command) or site.engine == LOCAL or is_shared(str(Path(own).parent), site))


def _in_login_shell(environ: Mapping[str, str]) -> Called:
    """With the user's start-up files, and no more of the environment than a login has."""
    shell = environ.get("SHELL") or "/bin/sh"
    if Path(shell).name not in _LOGIN_SHELLS:
        shell = "/bin/sh"
    kept = ("HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "ZDOTDIR", "LANG")
    bare = {name: environ[name] for name in kept if name in environ}
    argv = [shell, "-l", "-c", "qq --version"]
    return _called(shlex.join(argv[:2]), argv, {**bare, "PATH": os.defpath, "SHELL": shell, "TERM": "dumb"})


def _called(shown: str, argv: Sequence[str], environ: Mapping[str, str]) -> Called:
    done = ask(argv, environ, seconds=SECONDS)
    if isinstance(done, Failure):
        return Called(shown, None, str(done.failure()))
    said = done.unwrap()
    lines = [line.strip() for line in said.out.splitlines() if line.strip()]  # a start-up file may say something first
    if said.code == 0 and lines and lines[-1].startswith("qq "):
        return Called(shown, lines[-1].removeprefix("qq "))
    words = [line.strip() for line in said.err.splitlines() if line.strip()] or lines
    return Called(shown, None, words[-1] if words else f"it ended with {said.code}")


# --- nodes ------------------------------------------------------------------------------------------------------------


def _a_node(site: Site, name: str | None, environ: Mapping[str, str]) -> Node | NoNode:
    if name is not None:
        return _node(name, environ)
    if site.engine == LOCAL:
        return NoNode("this machine is the only node")
    if site.scratch_shared:
        return NoNode("scratch is shared, so no node has to be reached")
    from qq.core.cluster import takes_jobs

    nodes = open_batch(site.batch_system, environ).bind(lambda batch: batch.nodes(None))
    if isinstance(nodes, Failure):
        return NoNode(str(failed(nodes)))
    usable = next((node.name for node in nodes.unwrap() if takes_jobs(node)), None)
    return NoNode("no node takes jobs now") if usable is None else _node(usable, environ, chosen=True)


def _node(name: str, environ: Mapping[str, str], *, chosen: bool = False) -> Node:
    """The same connection as every command makes."""
    from qq.shell.perform.connecting import close_all, link_to
    from qq.shell.perform.others import Others
    from qq.shell.perform.watch import Watch

    others = Others(environ, settings=Settings(ssh_timeout=SECONDS))
    try:
        link = link_to(others, name, Watch())
        if isinstance(link, Failure):
            return Node(name, chosen, trouble=str(link.failure()))
        return Node(name, chosen, link.unwrap().version, link.unwrap().ahead)
    finally:
        close_all(others)
