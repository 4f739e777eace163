"""The script's processes are started, watched and ended. Each life is played in a process of its own.

Programs print what they saw as JSON; ``NAMES`` is what they all begin with.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qq.core.troubles import Reason
from qq.shell.perform.process import TRAP_SECONDS

SECONDS = 60
NAMES = """
import json, os, signal, sys, time
from pyrsistent import pvector, pmap
from qq.core.effects import RunScript, StopScript
from qq.core.result import Success
from qq.shell.perform.process import *
from qq.shell.signals import listening
work = sys.argv[1]
def effect(script="run.sh", interpreter=("bash",), work_dir=work, stdout=None, **env):
    argv = pvector([*interpreter, os.path.join(work, script)])
    stdout = stdout or os.path.join(work, "run.out")
    return RunScript(argv, work_dir, stdout, os.path.join(work, "run.err"), pmap(env))
def shown(result):
    if isinstance(result, Success):
        return repr(result.unwrap())
    return [result.failure().reason.name, result.failure().words]
script = Script()
seen = {}
"""
PLAY = """
with listening() as signals:
    seen["ran"] = shown(run_script(effect(), script, signals))
    begun = time.monotonic()
    seen["stopped"] = shown(stop_script(StopScript(GRACE), script, signals))
    seen["seconds"] = time.monotonic() - begun
try:
    os.waitpid(-1, os.WNOHANG)
    seen["left"] = True
except ChildProcessError:
    seen["left"] = False
print(json.dumps(seen))
"""


def command(work: Path, program: str) -> list[str]:
    return [sys.executable, "-c", NAMES + program, str(work)]


def played(work: Path, script: str | None, program: str = PLAY, grace: float = 30.0) -> dict[str, Any]:
    """What a program saw that runs this script in this directory."""
    if script is not None:
        (work / "run.sh").write_text(script)
    done = subprocess.run(
        command(work, program.replace("GRACE", str(grace))),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, "FROM_OUTSIDE": "yes"},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert isinstance(seen, dict)
    return seen


# --- running ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 42, 95, 255])
def test_the_exit_code_is_the_scripts(nasty_dir: Path, code: int) -> None:
    assert played(nasty_dir, f"exit {code}")["ran"] == f"ScriptEnded(exit_code={code})"


def test_a_script_that_dies_of_a_signal_has_128_more(tmp_path: Path) -> None:
    assert played(tmp_path, "kill -SEGV $$")["ran"] == "ScriptEnded(exit_code=139)"


@pytest.mark.parametrize(("trap", "code"), [("trap 'exit 3' USR1", 3), ("", 138)])
def test_a_signal_for_the_script_is_passed_on_to_it_and_ends_nobody_else(tmp_path: Path, trap: str, code: int) -> None:
    script = f"{trap}\nkill -USR1 $PPID\nwhile :; do sleep 0.02; done"
    program = "from qq.shell.signals import PASSED_ON\n" + PLAY.replace("listening()", "listening(PASSED_ON)")
    assert played(tmp_path, script, program)["ran"] == f"ScriptEnded(exit_code={code})"


def test_output_goes_straight_into_fresh_files(nasty_dir: Path) -> None:
    (nasty_dir / "elsewhere").write_text("mine")
    (nasty_dir / "run.out").symlink_to("elsewhere")
    (nasty_dir / "run.err").write_text("of an earlier attempt, and longer than what comes now")
    played(nasty_dir, 'echo out; echo err >&2; pwd; read line; echo "$?$line"; ulimit -c 0')
    assert (nasty_dir / "run.out").read_text() == f"out\n{nasty_dir}\n1\n"
    assert (nasty_dir / "run.err").read_text() == "err\n"
    assert (nasty_dir / "elsewhere").read_text() == "mine"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_never_gives_way_to_output(tmp_path: Path, make: Callable[[Path], None]) -> None:
    out = tmp_path / "run.out"
    make(out)
    before = out.lstat()
    seen = played(tmp_path, "echo said")
    assert seen["ran"][0] == Reason.PLACE_TAKEN.name
    assert (out.lstat().st_ino, out.lstat().st_mode) == (before.st_ino, before.st_mode)


def test_a_device_stays_and_is_written_to(tmp_path: Path) -> None:
    """As root, taking the name of a device such as /dev/null would break the machine."""
    program = "master, slave = os.openpty()\n" + PLAY.replace("effect()", "effect(stdout=os.ttyname(slave))").replace(
        "print(", 'seen["read"] = os.read(master, 100).decode()\nprint('
    )
    seen = played(tmp_path, "echo said", program)
    assert (seen["ran"], seen["read"]) == ("ScriptEnded(exit_code=0)", "said\r\n")


def test_it_runs_in_a_group_of_its_own_in_the_session_of_qq_run(tmp_path: Path) -> None:
    program = PLAY.replace("print(", 'seen["sid"] = os.getsid(0)\nprint(')
    seen = played(tmp_path, 'python3 -c "import os; print(os.getpgrp(), os.getppid(), os.getsid(0))"; echo $$', program)
    (group, parent, session), (itself,) = (
        [int(word) for word in line.split()] for line in (tmp_path / "run.out").read_text().splitlines()
    )
    assert group == itself == parent
    assert session == seen["sid"]


def test_it_inherits_the_environment_and_signals_as_usual(tmp_path: Path) -> None:
    program = "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + PLAY.replace("effect()", "effect(QQ_NEW='a b')")
    script = """python3 -c 'if True:
        import os, signal
        masks = dict(line.split(":") for line in open("/proc/self/status") if line.startswith("Sig"))
        print(os.environ["FROM_OUTSIDE"], os.environ["QQ_NEW"], os.environ["PWD"])
        print(int(masks["SigBlk"], 16))'
        grep SigIgn /proc/$$/status"""
    played(tmp_path, script, program)
    lines = (tmp_path / "run.out").read_text().splitlines()
    assert lines[0] == f"yes a b {tmp_path}"
    assert lines[1] == "0"
    ignored = int(lines[2].split()[1], 16)
    assert not [n for n in (signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM) if ignored & 1 << n - 1]


def test_gigabytes_of_output_cost_no_memory_of_ours(tmp_path: Path) -> None:
    program = PLAY.replace(
        "print(", 'import resource\nseen["kb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\nprint('
    )
    little = played(tmp_path, "true", program)["kb"]
    much = played(tmp_path, "head -c 50M /dev/zero", program)["kb"]
    assert (tmp_path / "run.out").stat().st_size == 50 << 20
    assert much - little < 10_000


def test_the_end_is_noticed_at_once(tmp_path: Path) -> None:
    program = PLAY.replace("    begun", '    seen["noticed"] = time.time()\n    begun')
    late = []
    for _ in range(5):
        seen = played(tmp_path, "echo $EPOCHREALTIME", program)
        late.append(seen["noticed"] - float((tmp_path / "run.out").read_text()))
    assert min(late) < 0.010 + TRAP_SECONDS


def test_a_script_that_deletes_its_own_working_directory_has_a_code(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    seen = played(work, 'cd /; rm -rf "$OLDPWD"; exit 3')
    assert seen["ran"] == "ScriptEnded(exit_code=3)"
    assert not work.exists()


def test_our_own_directory_stays_where_it_was(tmp_path: Path) -> None:
    program = "before = os.getcwd()\n" + PLAY.replace("print(", 'seen["same"] = os.getcwd() == before\nprint(')
    assert played(tmp_path, "true", program)["same"]


def test_a_second_script_is_never_started(tmp_path: Path) -> None:
    program = PLAY.replace("    begun", '    seen["again"] = shown(run_script(effect(), script, signals))\n    begun')
    assert played(tmp_path, "echo once >> log", program)["again"][0] == "BUG"
    assert (tmp_path / "log").read_text() == "once\n"


# --- what can't be started --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "reason", "word"),
    [
        ("interpreter=('no-such-shell',)", Reason.INTERPRETER_MISSING, "no-such-shell"),
        ("interpreter=('/no/such/shell',)", Reason.INTERPRETER_MISSING, "/no/such/shell"),
        ("interpreter=('/etc/passwd',)", Reason.INTERPRETER_MISSING, "/etc/passwd"),
        ("script='no such.sh'", Reason.SCRIPT_MISSING, "no such.sh"),
        ("work_dir='/no/such/dir'", Reason.WORK_DIR_GONE, "/no/such/dir"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, what: str, reason: Reason, word: str) -> None:
    seen = played(tmp_path, "touch started", PLAY.replace("effect()", f"effect({what})"))
    assert seen["ran"][0] == reason.name
    assert word in seen["ran"][1]
    assert not (tmp_path / "started").exists()
    assert not seen["left"]


# --- nothing outlives it ----------------------------------------------------------------------------------------------

ESCAPES = {
    "background": "sleep 600 &",
    "nohup": "nohup sleep 600 >/dev/null 2>&1 &",
    "own session": "setsid sleep 600 &",
    "double fork": "( ( setsid sh -c 'sleep 600 & sleep 600' & ) & )",
    "empty environment": "env -i setsid sleep 600 &",
    "disowned": "sleep 600 & disown -a",
}


@pytest.mark.parametrize("way", ESCAPES)
def test_nobody_escapes_and_no_grace_is_spent(tmp_path: Path, way: str) -> None:
    seen = played(tmp_path, f"{ESCAPES[way]}\nsleep 0.1\nexit 7")
    assert seen["ran"] == "ScriptEnded(exit_code=7)"
    assert seen["stopped"] == "Ok()"
    assert not seen["left"]
    assert seen["seconds"] < 15


@pytest.mark.parametrize("way", ESCAPES)
def test_nobody_who_ignores_term_escapes(tmp_path: Path, way: str) -> None:
    seen = played(tmp_path, f"trap '' TERM HUP\n{ESCAPES[way]}\nsleep 0.1\nexit 7", grace=0.2)
    assert seen["ran"] == "ScriptEnded(exit_code=7)"
    assert not seen["left"]
    assert 0.2 <= seen["seconds"] < 15


def test_nothing_left_takes_no_time(tmp_path: Path) -> None:
    assert played(tmp_path, "true")["seconds"] < 5


def test_who_was_stopped_is_ended_too(tmp_path: Path) -> None:
    seen = played(tmp_path, "sleep 600 & kill -STOP $!; exit 0")
    assert not seen["left"]
    assert seen["seconds"] < 15


def test_orphans_that_end_leave_no_zombies_while_the_script_runs(tmp_path: Path) -> None:
    script = """
    for i in 1 2 3 4 5; do ( true & ); done
    for i in $(seq 200); do
        zombies=$(cat /proc/$PPID/task/*/children | tr ' ' '\\n' | grep -v '^$' | grep -vc "^$$\\$")
        [ "$zombies" = 0 ] && break
        sleep 0.01
    done
    echo "$zombies" """
    played(tmp_path, script)
    assert (tmp_path / "run.out").read_text() == "0\n"


# --- signals ----------------------------------------------------------------------------------------------------------

KILLED = """
with listening() as signals:
    seen["ran"] = shown(run_script(effect(), script, signals))
    seen["number"] = signals.first
    begun = time.monotonic()
    signal_script(script)
    seen["stopped"] = shown(stop_script(StopScript(GRACE), script, signals))
    seen["seconds"] = time.monotonic() - begun
print(json.dumps(seen))
"""


def killed(work: Path, script: str, *numbers: int, grace: float = 30.0) -> dict[str, Any]:
    """What was seen by a life that gets these signals when its script opens the FIFO ``ready``."""
    (work / "run.sh").write_text(script)
    os.mkfifo(work / "ready")
    with subprocess.Popen(
        command(work, KILLED.replace("GRACE", str(grace))), stdout=subprocess.PIPE, text=True
    ) as process:
        with (work / "ready").open() as ready:
            ready.read()
        for number in numbers:
            process.send_signal(number)
        out, _ = process.communicate(timeout=SECONDS)
    seen = json.loads(out)
    assert isinstance(seen, dict)
    return seen


READY = "echo > ready\n"


def test_a_signal_gives_up_and_a_script_that_ends_at_once_costs_no_grace(tmp_path: Path) -> None:
    seen = killed(tmp_path, f"{READY} exec sleep 600", signal.SIGTERM)
    assert seen["ran"][0] == "INTERRUPTED"
    assert seen["number"] == signal.SIGTERM
    assert seen["seconds"] < 15


def test_the_first_signal_counts(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("exit 0")
    program = """
with listening() as signals:
    os.kill(os.getpid(), signal.SIGXCPU)
    os.kill(os.getpid(), signal.SIGTERM)
    seen["number"] = signals.first
seen["handler"] = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
print(json.dumps(seen))
"""
    assert played(tmp_path, None, program) == {"number": signal.SIGXCPU, "handler": True}


ASLEEP = "sleep 600 & until grep -q sleep /proc/$!/comm; do sleep 0.01; done;"
"""Starts a child that hears a TERM: one that bash has forked and that is no other program yet may miss it."""


def test_the_whole_group_hears_at_once_and_only_once(tmp_path: Path) -> None:
    """The cleaning of a script, and what it starts for it, is not disturbed by a second TERM."""
    script = f"""
    trap 'echo heard >> parent; sleep 0.2; cp parent cleaned; exit 0' TERM
    (trap 'echo heard >> child; sleep 0.2; exit 0' TERM; {ASLEEP} echo > both; wait) &
    until [ -e both ]; do sleep 0.01; done
    {READY} wait; wait"""
    killed(tmp_path, script, signal.SIGTERM)
    assert (tmp_path / "parent").read_text() == "heard\n"
    assert (tmp_path / "child").read_text() == "heard\n"
    assert (tmp_path / "cleaned").exists()


def test_what_a_trap_begins_is_left_alone_also_if_we_hear_of_the_end_later(tmp_path: Path) -> None:
    """Batch systems tell all processes of a job: the script may have begun to save something before we know."""
    script = """
    trap 'trap : TERM; (sleep 0.2; echo > ready) & sleep 1 && echo saved > state; exit 0' TERM
    kill -TERM $$"""
    assert killed(tmp_path, script, signal.SIGTERM)["ran"][0] == "INTERRUPTED"
    assert (tmp_path / "state").read_text() == "saved\n"


def test_who_left_the_group_hears_too(tmp_path: Path) -> None:
    script = f"""
    setsid bash -c 'trap "echo heard > stray; exit" TERM; {ASLEEP} echo > begun; wait' &
    until [ -e begun ]; do sleep 0.01; done
    {READY} exec sleep 600"""
    assert killed(tmp_path, script, signal.SIGTERM)["seconds"] < 15
    assert (tmp_path / "stray").read_text() == "heard\n"


def test_a_script_that_ignores_term_gets_kill_after_the_grace(tmp_path: Path) -> None:
    script = f"trap '' TERM\n{READY} while :; do sleep 1; done"
    assert 0.3 <= killed(tmp_path, script, signal.SIGTERM, grace=0.3)["seconds"] < 15


def test_a_script_that_dies_of_term_waits_for_our_own_signal(tmp_path: Path) -> None:
    seen = killed(tmp_path, f"{READY} kill -TERM $$", signal.SIGTERM)
    assert seen["ran"][0] == "INTERRUPTED"


HEARD_FIRST = """
(until ! read -r line < /proc/$$/stat || [[ $line = *') Z '* ]]; do :; done; sleep 0.3; kill -TERM $PPID) 2> /dev/null &
exit 0"""
"""``qq run`` hears of the end of the job just after its script has ended."""


def test_so_does_one_that_may_have_trapped_it(tmp_path: Path) -> None:
    patient = "from qq.shell.perform import process\nprocess.TRAP_SECONDS = 60.0\n"
    assert played(tmp_path, HEARD_FIRST, patient + KILLED.replace("GRACE", "30.0"))["ran"][0] == "INTERRUPTED"


def test_but_not_for_ever(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert played(tmp_path, "exit 143")["ran"] == "ScriptEnded(exit_code=143)"
    assert 1.0 <= time.monotonic() - begun < 15
