"""`qq cd`, and what `qq shell-init` and `qq completion` print, in a real bash (tests/real: in zsh and fish, too)."""

import os
from pathlib import Path

import pytest

from qq.core.replacing import replace
from qq.shell.perform.record import record_text
from tests.core.jobs import a_job
from tests.shell.cli.conftest import Qq
from tests.shell.cli.shells import CODE, INTO, completed, in_shell

SHELLS = [pytest.param("bash"), *(pytest.param(name, marks=pytest.mark.real) for name in ("zsh", "fish"))]
HOSTILE = [
    "plain",
    'it\'s a "dir" \\ $HOME `id`',
    "-n",
    "two\nlines",
    "newline at the end\n\n",
    "caf\udce9",
    " blanks ",
]


def a_place(qq: Qq, name: str, job_id: str = "7.local") -> Path:
    """A directory with a job's record."""
    place = Path(os.fsdecode(os.fsencode(qq.cwd.parent / name)))
    place.mkdir()
    (place / "run.qqinfo").write_bytes(record_text(a_job(input_dir=str(place), job_id=job_id)))
    return place


@pytest.mark.parametrize("name", HOSTILE)
def test_cd_prints_the_input_directory_as_it_is(qq: Qq, name: str) -> None:
    place = a_place(qq, name)
    done = qq.at(place)("cd")
    assert (done.code, done.out, done.err) == (0, f"{place}\n", "")
    assert qq("cd", "-d", str(place)).out == f"{place}\n"


def test_cd_wants_one_directory(qq: Qq) -> None:
    for name, job_id in (("one", "7.local"), ("two", "8.local")):
        a_place(qq, name, job_id)
    both = qq.at(qq.cwd.parent)("cd", "-d", "one", "two")
    assert (both.code, both.out) == (91, "")
    assert both.error == "qq: that means 2 jobs (7.local (one/run.sh), 8.local (two/run.sh)); name one by its id"
    none = qq("cd")
    assert (none.code, none.out) == (91, "")
    assert "there is no job in this directory" in none.error


def test_several_jobs_of_one_directory_have_one_place_to_go_to(qq: Qq) -> None:
    place = a_place(qq, "one")
    (place / "more.qqinfo").write_bytes(record_text(a_job(input_dir=str(place), script_name="more.sh", job_id="8")))
    assert qq("cd", "-d", str(place)).out == f"{place}\n"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", HOSTILE)
def test_in_a_shell_cd_goes_there(qq: Qq, shell: str, name: str) -> None:
    there = replace(qq, env={**qq.env, "PLACE": str(a_place(qq, name))})
    done = in_shell(shell, there, 'qq cd -d "$PLACE"', "touch here", 'env printf %s. "$PWD"')
    assert (done.code, done.out, done.err) == (0, f"{there.env['PLACE']}.", "")
    assert (Path(there.env["PLACE"]) / "here").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_everything_else_is_passed_on(qq: Qq, shell: str) -> None:
    code = CODE[shell]
    done = in_shell(shell, qq, f"qq cd 99; echo {code}", "pwd", f"qq --version; echo {code}", f"qq nope; echo {code}")
    assert done.out.splitlines()[:2] == ["91", str(qq.cwd)]
    assert done.out.splitlines()[2].startswith("qq ")
    assert done.out.splitlines()[3:] == ["0", "2"]
    assert len(done.err.splitlines()) == 2
    told = in_shell(shell, qq, "qq cd -h", "pwd").out
    assert told.startswith("Usage: qq cd") and told.endswith(f"\n{qq.cwd}\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_printed_can_be_read_twice(qq: Qq, shell: str) -> None:
    assert in_shell(shell, qq, INTO[shell], "qq --version").out == qq("--version").out


@pytest.mark.parametrize("shell", SHELLS)
def test_a_tab_completes_commands_options_scripts_states_and_ids(qq: Qq, shell: str) -> None:
    (qq.cwd / "production.sh").touch()
    (qq.cwd / "run.qqinfo").write_bytes(record_text(a_job(input_dir=str(qq.cwd), job_id="1734.local")))
    assert completed(shell, qq, "qq ki") == ["qq", "kill"]
    assert completed(shell, qq, "qq info --js") == ["qq", "info", "--json"]
    assert completed(shell, qq, "qq submit prod") == ["qq", "submit", "production.sh"]
    assert completed(shell, qq, "qq kill --state fini") == ["qq", "kill", "--state", "finished"]
    assert completed(shell, qq, "qq sync 17") == ["qq", "sync", "1734.local"]
    assert completed(shell, qq, "qq cd 17") == ["qq", "cd", "1734.local"]
