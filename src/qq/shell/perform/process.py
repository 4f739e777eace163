"""The script's processes: started in a group of their own, watched, ended. None of them outlives ``qq run``.

This process is a child subreaper as soon as a script runs: whatever the script leaves behind, in whatever session,
becomes its child, so it can be found, signalled and waited for.
"""

import os
import signal
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from msgspec import Struct, field

from qq.core.effects import RunScript, StopScript
from qq.core.moments import Ok, ScriptEnded
from qq.core.paths import to_bytes
from qq.core.result import Failure, Result, Success
from qq.core.troubles import Reason, Trouble
from qq.shell.perform import processes
from qq.shell.perform.failing import named, trouble_of
from qq.shell.signals import Signals, sleep, sleep_until_asked

OWN_SIGNAL_SECONDS = 1.0
"""How long a script that died of a signal, or cleans up, may have heard it before ``qq run`` did (DESIGN, Phases)."""
TRAP_SECONDS = 0.03
"""The same for a script that ended in its own way: it may have trapped the signal."""
KILL_SECONDS = 30.0
"""How long what got KILL may take to be gone: longer only in a system call that can't be interrupted."""
_AGAIN = 0.02
_SENT_TO_ALL = (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU)
"""What a batch system sends to all processes of a job at once."""
_TO_DEFAULT = tuple(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
_OUTPUT = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC


class Script(Struct):
    """The one script of a life. ``group``: its process group, None: it was not started."""

    group: int | None = None
    ended: bool = False
    """The script itself was waited for; what it started may go on."""
    told: float | None = None
    """When its group got TERM (monotonic seconds)."""
    heard: set[int] = field(default_factory=set)
    """Who got TERM: nobody gets a second one."""
    swept: bool = False
    """Nothing of it is left; what is a child of ours from now on did not come from it."""


# --- starting and watching --------------------------------------------------------------------------------------------


def run_script(
    effect: RunScript, script: Script, signals: Signals, begun: Callable[[], None] = lambda: None
) -> Result[ScriptEnded, Trouble]:
    """Performs ``RunScript``. ``begun``: done as soon as the script has been started.

    Given up because of a signal: the script goes on running, see ``StopScript``.
    """
    if script.group is not None:
        return Failure(Trouble(Reason.BUG, "the script has been started once already"))
    processes.become_subreaper()
    environ = _environment(effect)
    signals.for_script.clear()  # what came before the script was not for it; its own first line may send one
    started = _interpreter(effect.argv[0], environ).bind(lambda program: _start(program, effect, environ))
    if isinstance(started, Failure):
        return started
    script.group = started.unwrap()
    begun()
    code = _wait(script.group, signals)
    if code is None:
        return _interrupted()
    script.ended = True
    if sleep_until_asked(signals, OWN_SIGNAL_SECONDS if _may_be_sent_to_all(code) else TRAP_SECONDS):
        return _interrupted()
    return Success(ScriptEnded(code))


def _interrupted() -> Failure[Trouble]:
    return Failure(Trouble(Reason.INTERRUPTED, "interrupted by a signal"))


def _may_be_sent_to_all(code: int) -> bool:
    return code - 128 in _SENT_TO_ALL


def _environment(effect: RunScript) -> dict[str, str]:
    """What the script finds: what ``qq run`` itself was given, and over it the job's own variables."""
    environ = {name: value for name, value in os.environ.items() if name != "OLDPWD"}
    return environ | dict(effect.env) | {"PWD": effect.work_dir}


def _interpreter(word: str, environ: Mapping[str, str]) -> Result[str, Trouble]:
    """The program that an interpreter's name stands for on this node."""
    if "/" in word:
        return Success(word)
    for directory in os.get_exec_path(environ):
        path = os.path.join(directory, word)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return Success(path)
    words = f"the interpreter {named(word)} is not on the PATH of {os.uname().nodename}"
    return Failure(Trouble(Reason.INTERPRETER_MISSING, words))


def _start(program: str, effect: RunScript, environ: Mapping[str, str]) -> Result[int, Trouble]:
    """Starts it; its number is that of its process group too."""
    text = effect.argv[-1]
    if not os.path.isdir(to_bytes(effect.work_dir)):
        return Failure(Trouble(Reason.WORK_DIR_GONE, f"the working directory {named(effect.work_dir)} is gone"))
    if not os.access(to_bytes(text), os.R_OK):
        return Failure(Trouble(Reason.SCRIPT_MISSING, f"the script {named(text)} can't be read"))
    doing = f"can't open the output of the script in {named(effect.work_dir)}"
    with ExitStack() as stack:
        try:
            files = [_opened(os.devnull, os.O_RDONLY | os.O_CLOEXEC, stack)]
            files += [_fresh(path, stack) for path in (effect.stdout, effect.stderr)]
            doing = f"can't enter the working directory {named(effect.work_dir)}"
            _enter(effect.work_dir, stack)
        except OSError as error:
            return Failure(trouble_of(error, doing))
        try:
            return Success(_spawn(program, list(effect.argv), environ, files))
        except OSError as error:
            words = f"the interpreter {named(program)} can't be started: {os.strerror(error.errno or 0)}"
            return Failure(Trouble(Reason.INTERPRETER_MISSING, words))


def _opened(path: str, flags: int, stack: ExitStack) -> int:
    fd = os.open(to_bytes(path), flags, 0o666)
    stack.callback(os.close, fd)
    return fd


def _fresh(path: str, stack: ExitStack) -> int:
    """A new, empty file. A file of an earlier attempt, or a link to somewhere, gives way; nothing else ever does."""
    stands = _kind(path)
    if stands == stat.S_IFCHR:
        return _opened(path, _OUTPUT & ~(os.O_CREAT | os.O_EXCL), stack)
    if stands in (stat.S_IFREG, stat.S_IFLNK):
        os.unlink(to_bytes(path))
    return _opened(path, _OUTPUT, stack)


def _kind(path: str) -> int | None:
    """What stands there, links not followed; None: nothing."""
    try:
        return stat.S_IFMT(os.lstat(to_bytes(path)).st_mode)
    except FileNotFoundError:
        return None


def _enter(directory: str, stack: ExitStack) -> None:
    """Goes there, and back when the script has been started: it inherits the current directory."""
    before = _opened(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, stack)
    os.chdir(to_bytes(directory))
    stack.callback(os.fchdir, before)


def _spawn(program: str, argv: list[str], environ: Mapping[str, str], files: list[int]) -> int:
    """In a process group, not a session of its own (PBS follows jobs by session), with every signal as usual."""
    return os.posix_spawn(
        program,
        argv,
        environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(files)],
        setpgroup=0,
        setsigmask=(),
        setsigdef=_TO_DEFAULT,
    )


def _wait(child: int, signals: Signals) -> int | None:
    """The exit code (128 + N if it died of signal N); None: a signal asks for the end, and the script goes on.

    Orphans that the script left and that have ended are waited for on the way. An exit that came first wins.
    Signals that are meant for the script are passed on to it, to nobody else of its group.
    """
    while True:
        ended, _ = processes.reap()
        if child in ended:
            return ended[child]
        if signals.first is not None:
            return None
        while signals.for_script:
            os.kill(child, signals.for_script.pop(0))
        sleep(signals, None)


# --- ending -----------------------------------------------------------------------------------------------------------


def signal_script(script: Script) -> Result[Ok, Trouble]:
    """Performs ``SignalScript``."""
    if script.group is not None and not script.ended:
        script.told = time.monotonic()
        group = script.group
        _terminate(script, lambda pid, inside: pid == group or (inside and processes.age(pid) > OWN_SIGNAL_SECONDS))
    return Success(Ok())


def stop_script(effect: StopScript, script: Script, signals: Signals) -> Result[Ok, Trouble]:
    """Performs ``StopScript``. The grace counts from the script's TERM, and nobody gets a second TERM.

    Batch systems tell all processes by themselves: what the script has begun just now may be what its trap begins to
    save something. As long as the script lives, that is left alone.
    """
    if script.group is None or script.swept:
        return Success(Ok())
    until = (time.monotonic() if script.told is None else script.told) + effect.grace
    while _left(script):
        _terminate(script, lambda _pid, inside: script.told is None or script.ended or not inside)
        if (seconds := until - time.monotonic()) <= 0:
            break
        sleep(signals, seconds)
    return end_all(script, signals)


def end_all(script: Script, signals: Signals) -> Result[Ok, Trouble]:
    """KILL for all that is left of the script, until nothing is."""
    until = time.monotonic() + KILL_SECONDS
    while script.group is not None and not script.swept and _left(script):
        if time.monotonic() > until:
            left = ", ".join(map(str, processes.descendants([os.getpid()])))
            return Failure(Trouble(Reason.IO_ERROR, f"processes of the script can't be ended: {left}"))
        processes.signal_all(processes.descendants([os.getpid()]), signal.SIGKILL)
        sleep(signals, _AGAIN)
    script.swept = True
    return Success(Ok())


def _left(script: Script) -> bool:
    """Whether a process of the script still lives; those that have ended are waited for."""
    ended, others = processes.reap()
    script.ended = script.ended or script.group in ended
    return others


def _terminate(script: Script, wanted: Callable[[int, bool], bool]) -> None:
    """TERM to what came from the script and is wanted: by its number, and by whether it is inside its group."""
    processes.terminate_descendants(script.heard, lambda pid: wanted(pid, _group_of(pid) == script.group))


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
