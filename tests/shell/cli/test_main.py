"""The command line as a whole: quick answers, help, bad usage in one line, completion."""

import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from qq._version import VERSION
from qq.shell.cli.brief import plainly
from qq.shell.cli.commands import AIMS, COMMANDS, EXAMPLES
from qq.shell.cli.options import spread
from qq.shell.perform.record import record_text
from tests.core.jobs import a_job
from tests.shell.cli.conftest import Qq

HEAVY = ("rich", "anyio", "click", "asyncio", "qq.core.effects", "qq.core.moments", "qq.core.lifecycle.phases", "ssl")


def modules_of(words: list[str], qq: Qq) -> set[str]:
    """The modules that a command has loaded when it leaves."""
    program = (
        "import os, sys\n"
        f"sys.argv = ['qq', *{words!r}]\n"
        "leave = os._exit\n"
        "def tell(code):\n"
        "    print(*sys.modules, file=sys.stderr)\n"
        "    leave(code)\n"
        "os._exit = tell\n"
        "from qq.shell.cli.main import main\n"
        "main()\n"
        "tell(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=qq.env, cwd=qq.cwd, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_the_version(qq: Qq) -> None:
    assert qq("--version").out == f"qq {VERSION}\n"
    assert qq("info", "--version").code == 2


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["--version", "--help", "info", "info -b", "info --json", "jobs", "site"])
def test_output_that_has_no_room_is_told_as_such(qq: Qq, words: str, unbuffered: str) -> None:
    (qq.cwd / "run.qqinfo").write_bytes(record_text(a_job(input_dir=str(qq.cwd), batch_system="local")))
    with open("/dev/full", "w") as full:  # noqa: PTH123  (a device)
        done = subprocess.run(
            qq.argv(*words.split()),
            cwd=qq.cwd,
            env={**qq.env, "PYTHONUNBUFFERED": unbuffered, "QQ_BATCH_SYSTEM": "local"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (91, "qq: the output can't be written: no space left on device\n")


def test_nobody_to_read_the_version_is_nothing_to_complain_about(qq: Qq) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        qq.argv("--version"), cwd=qq.cwd, env=qq.env, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_version_loads_next_to_nothing(qq: Qq) -> None:
    nothing = subprocess.run(
        [sys.executable, "-c", "import os, sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    loaded = modules_of(["--version"], qq) - set(nothing.stdout.split())
    assert loaded == {"qq", "qq.shell", "qq.shell.cli", "qq.shell.cli.main", "qq._version"}


def test_one_line_of_info_loads_no_more_than_it_needs(qq: Qq) -> None:
    (qq.cwd / "broken.qqinfo").write_text("no: record\n")
    done = qq("info", "-b")
    assert done.code == 91
    (qq.cwd / "broken.qqinfo").unlink()
    (qq.cwd / "run.qqinfo").write_bytes(record_text(a_job(input_dir=str(qq.cwd))))
    assert qq("info", "-b").out.startswith("1.local  run.sh  ")
    loaded = modules_of(["info", "-b"], qq)
    assert "qq.core.real_state" in loaded
    assert not [name for name in loaded if name.startswith(HEAVY)]


def test_help_names_every_command(qq: Qq) -> None:
    for words in ([], ["-h"], ["--help"]):
        done = qq(*words)
        assert done.code == 0
        assert all(name in done.out for name in COMMANDS)
        assert "run scripts" in done.out.lower()
        assert [aim for aim in AIMS if f"\n{aim}:\n" not in done.out] == []


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_explains_itself(qq: Qq, command: str) -> None:
    done = qq(command, "-h")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: qq {command}")
    assert [line for line in EXAMPLES[command] if f"\n  {line}\n" not in done.out] == []


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_narrow_terminal(qq: Qq, command: str) -> None:
    done = qq(*command.split(), "-h", COLUMNS="60")
    assert [line for line in done.out.splitlines() if len(line) > 60] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["kil"], "did you mean 'kill'?"),
        (["xyzzy"], "'qq -h' lists them"),
        (["\x1b[31m"], "no such command: \\e[31m"),
        (["--nope"], "no such option: --nope ("),
        (["info", "--jsn"], "no such option: --jsn; did you mean '--json'? ("),
        (["info", "run.sh"], "no job id"),
        (["info", "-d"], "-d needs a directory"),
        (["info", "-b", "-d"], "-d needs a directory"),
        (["info", "-b", "--json"], "exclude each other"),
        (["jobs", "--json", "--yaml"], "exclude each other"),
        (["sync", "-f", "'open"], "is not closed"),
        (["wait", "--timeout", "soon"], "'--timeout': 'soon' is not a valid number of seconds ("),
        (["completion"], "bash"),
        (["completion", "bahs"], "no such shell: bahs; did you mean 'bash'?"),
        (["shell-init", "zhs"], "no such shell: zhs; did you mean 'zsh'?"),
        (["shell-init", "tcsh"], "no such shell: tcsh; there are bash, zsh, fish"),
        (["info", "--state", "kiled"], "did you mean 'killed'?"),
        (["template", "pyton-loop"], "did you mean 'python-loop'?"),
        (["template", "amber"], "no such template: amber; there are gromacs-flex"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(qq: Qq, words: list[str], told: str) -> None:
    done = qq(*words)
    assert (done.code, done.out) == (2, "")
    assert told in done.error
    assert done.error.startswith("qq: ")


def test_whoever_stops_reading_ends_the_command_quietly(qq: Qq) -> None:
    argv = " ".join(qq.argv("info", "-h"))
    done = subprocess.run(
        ["bash", "-c", f"{argv} | true; exit ${{PIPESTATUS[0]}}"],
        env=qq.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode in (0, 141)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(qq: Qq, shell: str) -> None:
    done = qq("completion", shell)
    assert done.code == 0
    assert f"_QQ_COMPLETE={shell}_complete" in done.out
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=done.out, text=True, check=True)


def test_commands_and_options_are_completed(qq: Qq) -> None:
    done = qq(_QQ_COMPLETE="bash_complete", COMP_WORDS="qq ki", COMP_CWORD="1")
    assert done.out.split() == ["plain,kill"]
    done = qq(_QQ_COMPLETE="bash_complete", COMP_WORDS="qq info --j", COMP_CWORD="2")
    assert done.out.split() == ["plain,--json"]
    done = qq(_QQ_COMPLETE="bash_complete", COMP_WORDS="qq info -b --j", COMP_CWORD="3")
    assert done.out.split() == ["plain,--json"]


def test_a_directory_is_completed(qq: Qq) -> None:
    (qq.cwd / "run1").mkdir()
    for words, position in (("qq info -d ", "3"), ("qq info -d ru", "3"), ("qq kill -d run1 ru", "4")):
        done = qq(_QQ_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=position)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("dir,")  # the shell lists them


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&-", "<&- 2>&-", "2>&-"])
def test_closed_streams_lead_nowhere(qq: Qq, closed: str) -> None:
    made = qq.cwd / "made"
    for words, code in (("--version", 0), ("config", 0), ("info", 91), ("nonsense", 2)):
        line = f"{qq.argv()[0]} {words} {closed}; echo $? > {made}"
        done = subprocess.run(["sh", "-c", line], env=qq.env, cwd=qq.cwd, capture_output=True, text=True, check=False)
        assert made.read_text() == f"{code}\n"
        assert "Traceback" not in done.stderr
        assert done.stderr == "" or code != 0


def test_a_directory_that_is_gone_under_the_user(qq: Qq) -> None:
    gone = qq.cwd / "gone"
    gone.mkdir()
    for words in ("info", "info 1", "submit run.sh", "sync 1"):
        line = f"cd {gone} && rmdir {gone}; {qq.argv()[0]} {words}; code=$?; cd / && mkdir {gone}; exit $code"
        done = subprocess.run(["sh", "-c", line], env=qq.env, cwd=qq.cwd, capture_output=True, text=True, check=False)
        assert done.stderr == "qq: the current directory is gone; cd to one that is there\n"
        assert done.returncode == 91


def test_a_letter_that_the_terminal_lacks_ends_nothing(qq: Qq) -> None:
    done = qq("nöpe", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.code == 2
    assert "n\\xf6pe" in done.err


def test_an_error_of_the_world_has_no_traceback_but_for_debugging(qq: Qq) -> None:
    gone = qq.cwd / "gone"
    gone.mkdir()
    argv = " ".join(qq.argv("info"))
    script = f"cd '{gone}' && rmdir '{gone}' && exec {argv}"
    done = subprocess.run(["bash", "-c", script], env=qq.env, capture_output=True, text=True, check=False)
    assert done.returncode == 91
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_kill_asks_for_one_key(qq: Qq) -> None:
    """On a terminal one key answers; anything but y is a no."""
    (qq.cwd / "run.qqinfo").write_bytes(record_text(a_job(input_dir=str(qq.cwd))))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(qq.cwd)
        argv = qq.argv("kill", "--force")
        os.execve(argv[0], argv, dict(qq.env))
    said = b""
    while b"[y/N]" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"n")
    with suppress(OSError):  # nobody holds the other end any more
        while os.read(terminal, 1000):
            pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 91
    os.close(terminal)
    assert "killed_by" not in (qq.cwd / "run.qqinfo").read_text()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-d", "a", "b", "-b"], ["-d", "a", "-d", "b", "-b"]),
        (["-b", "17"], ["-b", "17"]),
        (["--dir", "a", "--", "-d", "b"], ["--dir", "a", "--", "-d", "b"]),
        (["17", "-d", "a", "-d", "b"], ["17", "-d", "a", "-d", "b"]),
    ],
)
def test_a_directory_option_takes_all_that_the_shell_expands(words: list[str], expected: list[str]) -> None:
    assert spread(words) == expected


@pytest.mark.parametrize(
    ("words", "ids", "dirs"),
    [
        ([], [], []),
        (["-b"], [], []),
        (["--brief", "17", "18.local"], ["17", "18.local"], []),
        (["-b", "-d", "a", "b"], [], ["a", "b"]),
        (["-d", "a", "-b", "17"], ["17"], ["a"]),
    ],
)
def test_the_usual_words_of_info_need_no_library(words: list[str], ids: list[str], dirs: list[str]) -> None:
    usual = plainly(words)
    assert usual is not None
    selection, brief = usual
    assert brief is any(word in ("-b", "--brief") for word in words)
    assert (list(selection.ids), list(selection.dirs), selection.all_mine) == (ids, dirs, False)


@pytest.mark.parametrize(
    "words", [["-b", "-a"], ["--json"], ["-b", "-h"], ["-b", "x"], ["-b", "-d"], ["-b", "-d", "-b"]]
)
def test_unusual_words_are_left_to_the_library(words: list[str]) -> None:
    assert plainly(words) is None
