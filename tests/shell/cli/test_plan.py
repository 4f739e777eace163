"""`qq plan` and `qq simulate` as commands."""

import json
from pathlib import Path

import pytest

import qq as qq_api
from qq.shell.perform.record import record_text
from tests.core.jobs import a_job, a_loop_job
from tests.shell.cli.conftest import Qq, on_a_terminal, submitted, write_script

LOOP = ("batch-system local", "job-type loop", "loop-end 3", "archive-format md%04d", "work-dir scratch_local")


def tree(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


@pytest.fixture
def script(qq: Qq) -> Path:
    (qq.cwd / "md.tpr").write_bytes(b"\0" * 5000)
    return write_script(qq.cwd, "false", *LOOP)


# --- plan -------------------------------------------------------------------------------------------------------------


def test_a_script_that_was_never_submitted(qq: Qq, script: Path) -> None:
    before = tree(qq.cwd)
    done = qq("plan", "run.sh")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("how it ends ")
    assert "cycle 2" in done.out and "→ qq recover:" in done.out
    assert tree(qq.cwd) == before


def test_options_override_what_the_script_says(qq: Qq, script: Path) -> None:
    told = json.loads(qq("plan", "run.sh", "--transfer-mode", "always", "--json").out)["outcomes"]
    assert "results" in next(row for row in told if row["ending"] == "exit 1")["home"]
    told = json.loads(qq("plan", "run.sh", "--transfer-mode", "7", "--json").out)["outcomes"]
    assert "exit 7" in [row["ending"] for row in told]


def test_step_by_step(qq: Qq, script: Path) -> None:
    done = qq("plan", "run.sh", "--exit", "42")
    assert done.out.startswith("staging\n   1 ") and "qq run ends with 42" in done.out
    assert json.loads(qq("plan", "run.sh", "--killed", "--json").out)["exit_code"] == 143
    assert qq("plan", "run.sh", "--killed", "--exit", "1").error.startswith(
        "qq: --exit and --killed exclude each other"
    )
    assert qq("plan", "run.sh", "--exit", "256").code == 2


def test_the_working_directory_is_where_the_job_will_really_work(qq: Qq) -> None:
    write_script(qq.cwd, "exit 3", "batch-system local", "work-dir scratch_local")
    row = next(
        row
        for row in json.loads(qq("plan", "run.sh", "--json").out)["outcomes"]
        if row["ending"].startswith("exit ") and row["work_dir"] is not None
    )
    told = qq("plan", "run.sh", "--exit", "3", "--json").out
    job_id = submitted(qq, "exit 3", "work-dir scratch_local")
    assert qq("wait", job_id).code == 91
    work_dir = qq_api.load(qq.cwd).work_dir
    assert work_dir is not None and work_dir.startswith(f"{qq.env['XDG_CACHE_HOME']}/")
    assert row["work_dir"] == work_dir.replace(job_id, "1.model")
    assert row["work_dir"] in told
    at_home = {name: value for name, value in qq.env.items() if name != "XDG_CACHE_HOME"}
    assert (
        f"{qq.env['HOME']}/.cache/qq/jobs/job_1.model"
        in Qq(at_home, qq.cwd)("plan", "run.sh", "--exit", "3", "--json").out
    )


def test_the_job_of_a_directory(qq: Qq) -> None:
    record = qq.cwd / "run+0001.qqinfo"
    record.write_bytes(record_text(a_loop_job(input_dir=str(qq.cwd))))
    told = [qq("plan", *words, "--json") for words in ((), (".",), (record.name,), ("1",), (str(qq.cwd),))]
    assert {(one.code, one.err) for one in told} == {(0, "")}
    assert len({one.out for one in told}) == 1
    assert qq("plan", "--ncpus", "3").error.startswith("qq: --ncpus is for a script")
    (qq.cwd / "two.qqinfo").write_bytes(record_text(a_job(input_dir=str(qq.cwd), job_id="2.local")))
    assert "several jobs" in qq("plan").error


def test_nothing_to_ask_about(qq: Qq, script: Path) -> None:
    assert qq("plan", "nothing").error == "qq: nothing: there is no such script, directory or job"
    for words in (("plan",), ("plan", "."), ("plan", str(qq.cwd)), ("simulate", ".")):
        assert "there is no job in this directory (no *.qqinfo)" in qq(*words).error
    assert "no such job" in qq("plan", "77").error
    (qq.cwd / "broken.qqinfo").write_text("no: record\n")
    assert "broken.qqinfo" in qq("plan", "broken.qqinfo").error
    write_script(qq.cwd, "true", "mem 3 apples", name="bad.sh")
    assert qq("plan", "bad.sh").code == 91


def test_what_is_said_of_a_script_names_it(qq: Qq, script: Path) -> None:
    (qq.cwd / "storage").mkdir()
    (qq.cwd / "storage/md0004.gro").touch()
    line = "qq: run.sh: loop-end: the archive storage is at cycle 4 already; raise loop-end (3) to go on"
    assert [qq(word, "run.sh").error for word in ("submit", "plan", "simulate")] == [line] * 3


def test_a_job_that_is_in_the_way_does_not_stop_the_question(qq: Qq, script: Path) -> None:
    (qq.cwd / "other.qqinfo").write_bytes(record_text(a_job(input_dir=str(qq.cwd), job_name="other")))
    done = qq("plan", "run.sh")
    assert done.code == 0 and "exit 0" in done.out
    assert "shown as if that were not so" in done.err
    write_script(qq.cwd, "true", "batch-system local", name="once.sh")
    assert "'loop-end' means nothing for a standard job and is ignored" in qq("plan", "once.sh", "--loop-end", "3").err
    assert qq("submit", "run.sh").code == 91
    (qq.cwd / "other.qqinfo").rename(qq.cwd / "run.qqinfo")
    for name in ("run.out", "run.err", "run.qqout"):
        (qq.cwd / name).touch()
    assert "run.out" not in qq("plan", "run.sh").error and qq("simulate", "run.sh").code == 0


@pytest.mark.parametrize("width", [60, 80, 160])
def test_every_terminal_is_wide_enough(qq: Qq, script: Path, width: int) -> None:
    for words in (("plan", "run.sh"), ("plan", "run.sh", "--killed"), ("simulate", "run.sh", "--fault", "killed:2")):
        done = qq(*words, COLUMNS=str(width))
        assert done.code == 0
        lines = [line for line in done.out.splitlines() if "/" not in line]
        assert max(map(len, lines)) <= width


# --- simulate ---------------------------------------------------------------------------------------------------------


def test_all_cycles_are_played_with_the_files_that_are_there(qq: Qq, script: Path) -> None:
    before = tree(qq.cwd)
    done = qq("simulate", "run.sh", "--writes", "{this}.xtc=2gb", "--writes", "{next}.cpt=1mb", "--runs-for", "20h")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("3 jobs in 2 d 12 h; the last one is finished\n")
    assert "md0003.xtc 2.0 GB" in done.out and "md.tpr 4.9 kB" in done.out
    assert tree(qq.cwd) == before


def test_exit_codes_cycles_and_removed_files(qq: Qq, script: Path) -> None:
    told = json.loads(qq("simulate", "run.sh", "--exit", "0,7", "--removes", "md.tpr", "--json").out)
    assert [cycle["script_exit_code"] for cycle in told["cycles"]] == [0, 7]
    assert "md.tpr" in told["files"]["input_dir"] and "md0001.*" in told["files"]["archive"]
    told = json.loads(qq("simulate", "run.sh", "--cycles", "1", "--json").out)
    assert len(told["cycles"]) == 1 and told["is_cut_short"]


def test_what_goes_wrong_and_what_recover_does_then(qq: Qq, script: Path) -> None:
    done = qq("simulate", "run.sh", "--fault", "killed:copying home:2")
    assert done.code == 0 and done.out.splitlines()[-1] == "type next: qq recover"
    told = json.loads(qq("simulate", "run.sh", "--fault", "killed:copying home:2", "--recover", "--json").out)
    assert [cycle["exit_code"] for cycle in told["cycles"]] == [0, 143, 0]
    assert told["lost"] == [] and len(told["recoveries"]) == 1


def test_a_short_walltime_does_not_end_an_example(qq: Qq) -> None:
    write_script(qq.cwd, "true", *LOOP, "walltime 10m")
    assert "the last one is finished" in qq("simulate", "run.sh").out
    assert "the last one is killed" in qq("simulate", "run.sh", "--runs-for", "11m").out


def test_a_page_of_its_own(qq: Qq, script: Path) -> None:
    done = qq("simulate", "run.sh", "--html", "life.html")
    assert done.code == 0 and done.err == "qq: drawn into life.html\n"
    page = (qq.cwd / "life.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "<svg" in page and "https://" not in page
    assert qq("simulate", "run.sh", "--html", "nowhere/life.html").code == 91
    full = qq("simulate", "run.sh", "--html", "/dev/full")
    assert (full.code, full.error) == (91, "qq: /dev/full: not written: no space left on device")


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("--fault", "lightning"), 2, "'lightning' is nothing that can go wrong"),
        (("--fault", "killed:running:9"), 91, "cycle 9 is never played"),
        (("--exit", "0,x"), 2, "'x' is no exit code"),
        (("--writes", "x"), 2, "write NAME=SIZE"),
        (("--writes", "../x=1kb"), 2, "leads out of the job's directory"),
        (("--writes", "x/y=1kb", "--writes", "x=1kb"), 91, "can't be a file and hold"),
        (("--removes", "/x"), 91, "leads out of the job's directory"),
        (("--runs-for", "soon"), 2, "'soon' is no walltime"),
        (("--cycles", "0"), 2, "0 is not in the range"),
    ],
)
def test_bad_input_is_one_clear_line(qq: Qq, script: Path, words: tuple[str, ...], code: int, error: str) -> None:
    before = tree(qq.cwd)
    done = qq("simulate", "run.sh", *words)
    assert (done.code, done.out) == (code, "")
    assert error in done.error
    assert tree(qq.cwd) == before


def test_of_very_many_files_some_are_played_with(qq: Qq, script: Path) -> None:
    (qq.cwd / "many").mkdir()
    for number in range(2001):
        (qq.cwd / "many" / f"{number}").touch()
    (qq.cwd / "link").symlink_to(qq.cwd / "many")
    done = qq("simulate", "run.sh", "--cycles", "1")
    assert done.code == 0 and "2000 of them are played with" in done.error


# --- how they print ---------------------------------------------------------------------------------------------------


def test_colours_are_for_terminals_that_want_them(qq: Qq, script: Path) -> None:
    assert "\x1b[38;5;77mfinished" in on_a_terminal(qq, "plan", "run.sh")
    assert "\x1b[38;5;75m█" in on_a_terminal(qq, "simulate", "run.sh")
    config = Path(qq.env["XDG_CONFIG_HOME"]) / "qq"
    config.mkdir()
    (config / "config.toml").write_text('[terminal]\ntheme = "light"\n')
    assert "\x1b[38;5;22mfinished" in on_a_terminal(qq, "plan", "run.sh")
    for words in ("nodes", "queues"):
        on_dark = on_a_terminal(qq, words, TERM="xterm-256color", QQ_CONFIG="/dev/null")
        on_light = on_a_terminal(qq, words, TERM="xterm-256color")
        assert "\x1b[38;5;77m" in on_dark and "\x1b[38;5;22m" in on_light
        assert on_light.replace("38;5;22m", "38;5;77m") == on_dark
        assert "38;5" not in on_a_terminal(qq, words, TERM="xterm-256color", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(qq, "plan", "run.sh", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(qq, "plan", "run.sh", TERM="dumb")
    assert "\x1b[" not in qq("plan", "run.sh").out


def test_a_terminal_without_such_letters_gets_others(qq: Qq, script: Path) -> None:
    done = qq("simulate", "run.sh", PYTHONIOENCODING="ascii")
    assert done.code == 0 and "= running" in done.out


def test_scripts_and_ids_are_completed(qq: Qq, script: Path) -> None:
    (qq.cwd / "run.qqinfo").write_bytes(record_text(a_job(input_dir=str(qq.cwd))))
    done = qq(_QQ_COMPLETE="bash_complete", COMP_WORDS="qq plan ", COMP_CWORD="2")
    assert "file," in done.out and "1.local" in done.out
