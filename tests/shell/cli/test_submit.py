"""`qq submit` and `qq shebang` as commands: bad input gives one clear line and leaves every file as it was."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qq.core.directives import SHEBANG
from qq.core.options import OPTIONS
from tests.conftest import Command, QQHome
from tests.whole.desk import QQ, until

BAD_USAGE, TROUBLE = 2, 91
LOCAL = ("--batch-system", "local")
LOOP = "# qq job-type loop\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def qq(qq_home: QQHome, tmp_path: Path) -> Run:
    """Runs qq in ``tmp_path``; ``prefix`` stands before it."""

    def run(*words: str, env: dict[str, str] | None = None, prefix: Command = list) -> subprocess.CompletedProcess[str]:
        argv = prefix([QQ, *words])
        environ = {**qq_home.env, **(env or {})}
        return subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=100, check=False)

    return run


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """The directory of a job."""
    (tmp_path / "job").mkdir()
    (tmp_path / "job/data").write_text("data")
    return tmp_path / "job"


def tree(directory: Path) -> dict[str, object]:
    """Everything below a directory: content, mode and times."""

    def state(path: Path) -> object:
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else b""
        return (status.st_mode, status.st_size, status.st_mtime_ns, content)

    return {str(path): state(path) for path in directory.rglob("*")}


def write(directory: Path, text: str | bytes, name: str = "run.sh") -> str:
    data = text if isinstance(text, bytes) else f"{SHEBANG}\n{text}\ntrue\n".encode()
    (directory / name).write_bytes(data)
    return f"job/{name}"


def refused(qq: Run, job: Path, *words: str, code: int = TROUBLE, **how: object) -> str:
    """The one line that a submission is refused with; nothing below the job's directory has changed."""
    before = tree(job)
    done = qq("submit", *LOCAL, *words, **how)
    lines = done.stderr.splitlines()
    assert done.returncode == code, done
    assert not done.stdout
    assert len(lines) == 1, lines
    assert lines[0].startswith("qq: ")
    assert tree(job) == before
    return lines[0].removeprefix("qq: ")


# --- the script itself ------------------------------------------------------------------------------------------------


def test_a_script_that_is_missing(qq: Run, job: Path) -> None:
    assert refused(qq, job, "job/no.sh") == "job/no.sh: the script can't be read: no such file or directory"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("submit", ""), "qq: '': this names no script"),
        (("submit", "--dry-run", ""), "qq: '': this names no script"),
        (("shebang", ""), "qq: '': not changed: it is no regular file"),
        (("plan", ""), "qq: '': no such directory"),
        (("info", "-d", ""), "qq: '': no such directory"),
        (("clear", "-d", ""), "qq: '': no such directory"),
    ],
)
def test_an_empty_word_is_shown_as_one(qq: Run, words: tuple[str, ...], line: str) -> None:
    assert qq(*words).stderr.splitlines() == [line]


def test_a_script_that_may_not_be_read(qq: Run, job: Path, without_privileges: Command) -> None:
    script = write(job, "")
    (job / "run.sh").chmod(0)
    said = refused(qq, job, script, prefix=without_privileges)
    assert said == "job/run.sh: the script can't be read: permission denied"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_script_that_is_no_file(make: Callable[[Path], object], qq: Run, job: Path) -> None:
    make(job / "run.sh")
    assert refused(qq, job, "job/run.sh") == "job/run.sh: the script can't be read: it is no regular file"


def test_a_script_that_is_not_utf_8(qq: Run, job: Path) -> None:
    script = write(job, SHEBANG.encode() + b"\n# caf\xe9\n")
    assert refused(qq, job, script) == "job/run.sh, line 2: the script is not UTF-8 (byte 30); save it as UTF-8"


def test_a_script_of_a_hundred_megabytes(qq: Run, job: Path) -> None:
    with (job / "run.sh").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    before = (job / "run.sh").stat()
    done = qq("submit", *LOCAL, "job/run.sh")
    assert (done.returncode, done.stderr) == (TROUBLE, "qq: job/run.sh: this is too large for a script\n")
    after = (job / "run.sh").stat()
    assert (after.st_size, after.st_mtime_ns, after.st_blocks) == (before.st_size, before.st_mtime_ns, before.st_blocks)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"echo\n", "job/run.sh, line 1: the script has no shebang; 'qq shebang job/run.sh' adds"),
        (b"", "job/run.sh, line 1: the script has no shebang"),
        (
            b"\xef\xbb\xbf#!/usr/bin/env -S qq run\n",
            "job/run.sh, line 1: a byte-order mark hides the shebang; 'qq shebang job/run.sh' removes it",
        ),
        (b"#!/bin/bash\n", "job/run.sh, line 1: the shebang does not end with 'qq run'"),
    ],
)
def test_a_script_without_the_shebang(text: bytes, words: str, qq: Run, job: Path) -> None:
    assert refused(qq, job, write(job, text)).startswith(words)


@pytest.mark.parametrize(
    ("directives", "words"),
    [
        ("# qq ncpu 8", "job/run.sh, line 2: unknown option 'ncpu'; did you mean 'ncpus'?"),
        ("# qq ncpus", "job/run.sh, line 2: the option 'ncpus' has no value"),
        ("# qq ncpus many", "job/run.sh, line 2: 'many' is no whole number of 1 or more"),
        ("# qq mem 4", "job/run.sh, line 2: '4' has no unit"),
        ("# qq mem 1.5gb", "write 1536mb"),
        ("# qq mem -1gb", "is no size"),
        ("# qq walltime tomorrow", "is no walltime"),
        ("# qq walltime 0:00:00", "zero"),
        ("# qq transfer-mode sometimes", "allowed are success, failure, always, never"),
        ("# qq depend 17", "is no dependency"),
        ("# qq props a:^a", "twice"),
        ("# qq job-type lop", "is none of standard, loop, continuous"),
        ("# qq batch-system LSF", "is none of PBS"),
        ("# qq include it's", "a quotation mark is not closed"),
        (LOOP, "loop-end: a loop job needs the number of its last cycle"),
        (LOOP + "# qq loop-end 2\n# qq loop-start 3", "loop-start: the first cycle (3) comes after the last one (2)"),
        (LOOP + "# qq loop-end 2\n# qq archive .", "archive: '.' is the input directory itself"),
        (LOOP + "# qq loop-end 2\n# qq archive ../a", "archive: '../a' lies outside the input directory"),
        (LOOP + "# qq loop-end 2\n# qq archive-format job", "has no placeholders; exactly one is needed"),
        (LOOP + "# qq loop-end 2\n# qq archive-format %d%d", "has 2 placeholders"),
        ("# qq exclude run.sh", "exclude: 'run.sh' would keep the script itself at home"),
        ("# qq exclude ../x", "exclude: '../x' lies outside the input directory"),
        ("# qq include ..", "include: '..' contains the input directory"),
        ("# qq include /a/x:/b/x", "would have the same name"),
        ("# qq work-dir flash", "work-dir: the site local has no 'flash'"),
        ("# qq queue gpu", "there is no queue 'gpu' on this machine"),
        ("# qq ncpus 100000", "100000 cpus"),
        ("# qq nnodes 2\n# qq ncpus 2", "one machine"),
        ("# qq depend afterok=999999", "does not know"),
    ],
)
def test_directives_that_are_wrong_or_ask_for_what_is_not_there(
    directives: str, words: str, qq: Run, job: Path
) -> None:
    said = refused(qq, job, write(job, directives))
    assert words in said
    assert said.startswith(("job/run.sh", str(job))) or ": " in said


def test_a_script_that_is_named_like_a_runtime_file(qq: Run, job: Path) -> None:
    assert "can't be named like a runtime file" in refused(qq, job, write(job, "", "x.out"))


def test_runtime_files_of_an_earlier_job(qq: Run, job: Path) -> None:
    (job / "run.qqout").touch()
    said = refused(qq, job, write(job, ""))
    assert said == f"{job}: runtime files of an earlier job are there: run.qqout; 'qq clear' removes them"


def test_a_directory_that_may_not_be_written(qq: Run, job: Path, without_privileges: Command) -> None:
    script = write(job, "")
    job.chmod(0o555)
    said = refused(qq, job, script, prefix=without_privileges)
    job.chmod(0o755)
    assert said == f"{job}: the info file could not be written: permission denied"


def test_all_that_is_wrong_is_said_each_on_a_line(qq: Run, job: Path) -> None:
    done = qq("submit", *LOCAL, write(job, "# qq ncpu 8\n# qq mem"))
    assert done.returncode == TROUBLE
    assert [line.partition(": ")[2].partition(":")[0] for line in done.stderr.splitlines()] == [
        "job/run.sh, line 2",
        "job/run.sh, line 3",
    ]


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing argument"),
        (["--ncpus", "x", "job/run.sh"], "--ncpus: 'x' is no whole number"),
        (["--mem", "1.5gb", "job/run.sh"], "--mem: '1.5gb': sizes are whole numbers"),
        (["--no-such", "job/run.sh"], "no such option: --no-such"),
        (["--walltime"], "requires an argument"),
    ],
)
def test_bad_usage(words: list[str], said: str, qq: Run, job: Path) -> None:
    write(job, "")
    assert said in refused(qq, job, *words, code=BAD_USAGE)


def test_help_names_every_option(qq: Run) -> None:
    done = qq("submit", "-h")
    assert done.returncode == 0
    assert all(f"--{option.name}" in done.stdout for option in OPTIONS)


def test_a_dry_run_shows_record_starter_and_environment_and_writes_nothing(qq: Run, job: Path, qq_home: QQHome) -> None:
    script = write(job, LOOP + "# qq loop-end 3")
    before = tree(job)
    done = qq("submit", *LOCAL, "--dry-run", "--workDir", "input_dir", "--exclude", "data", script)
    assert done.returncode == 0, done.stderr
    assert tree(job) == before
    assert not list(qq_home.state.iterdir())
    for words in (
        "run+0001.sh",
        "cycle 1 of 1 to 3",
        "job_state: queued",
        "#!/bin/sh",
        "QQ_ENV_SET=true",
        "nothing was",
    ):
        assert words in done.stdout


# --- configuration ----------------------------------------------------------------------------------------------------


def test_a_configuration_that_is_named_and_not_there_is_an_error(qq: Run, job: Path, tmp_path: Path) -> None:
    said = refused(qq, job, write(job, ""), env={"QQ_CONFIG": str(tmp_path / "no.toml")})
    assert said == f"{tmp_path}/no.toml: the configuration can't be read: No such file or directory"


def test_a_configuration_of_the_current_directory_is_never_read(qq: Run, job: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("not toml")
    (tmp_path / "qq").mkdir()
    (tmp_path / "qq/config.toml").write_text("not toml")
    assert qq("submit", *LOCAL, "--dry-run", write(job, "")).returncode == 0


def test_the_users_defaults_hold_and_unknown_keys_are_warned_about(qq: Run, job: Path, qq_home: QQHome) -> None:
    (qq_home.config / "qq").mkdir()
    (qq_home.config / "qq/config.toml").write_text('[submit]\nncpus = 2\nworkdir = "input_dir"\n[runer]\nx = 1\n')
    done = qq("submit", *LOCAL, "--dry-run", write(job, ""))
    assert "work_dir: input_dir" in done.stdout
    assert "ncpus: 2" in done.stdout
    assert "unknown key 'runer' is ignored; did you mean 'runner'?" in done.stderr
    assert done.returncode == 0


def test_every_fault_of_the_configuration_has_a_line_of_its_own(qq: Run, job: Path, qq_home: QQHome) -> None:
    script = write(job, "")
    (qq_home.config / "qq").mkdir()
    config = qq_home.config / "qq/config.toml"
    config.write_text('[timeouts]\nssh = -1\n\n[submit]\nncpus = "many"\n')
    for words in (("submit", script), ("submit", "--dry-run", script), ("plan", script), ("respawn", "-y", "1")):
        done = qq(*words)
        assert done.returncode == TROUBLE
        assert done.stderr.splitlines()[-2:] == [
            f"qq: {config}:2: timeouts.ssh: -1 is not a time in seconds, 0 or more",
            f"qq: {config}:5: submit.ncpus: 'many' is no whole number of 1 or more",
        ]
    config.write_bytes(b"\xff")
    assert "is not valid TOML" in refused(qq, job, script)


def test_the_local_queue_gives_away_no_more_than_the_user_says(qq: Run, job: Path, qq_home: QQHome) -> None:
    (qq_home.config / "qq").mkdir()
    (qq_home.config / "qq/config.toml").write_text("[local]\nncpus = 1\n")
    assert "2 cpus, there is 1 on this machine" in refused(qq, job, write(job, "# qq ncpus 2"))


def test_a_site_of_the_user_is_found(qq: Run, job: Path, qq_home: QQHome) -> None:
    (qq_home.config / "qq/sites").mkdir(parents=True)
    (qq_home.config / "qq/sites/local.toml").write_text('name = "local"\n[scratch]\nfast = "/fast/{job_id}"\n')
    done = qq("submit", *LOCAL, "--dry-run", "--work-dir", "fast", write(job, ""))
    assert done.returncode == 0, done.stderr
    assert "a fresh directory on fast" in done.stdout


@pytest.mark.parametrize("words", [("--ncpus", "999"), ("--ngpus", "99"), ("-q", "defaul"), ("--depend", "afterok=77")])
def test_a_dry_run_refuses_what_the_queue_would_refuse(
    qq: Run, job: Path, qq_home: QQHome, words: tuple[str, ...]
) -> None:
    script = write(job, "")
    before = refused(qq, job, "--dry-run", script, *words)
    assert not list(qq_home.state.iterdir())
    really = refused(qq, job, script, *words)
    assert before == refused(qq, job, "--dry-run", script, *words) == really.replace("refused", "would refuse")
    shown = qq("plan", *LOCAL, *words, script)
    assert shown.returncode == 0 and "; shown as if that were not so" in shown.stderr


def test_a_dry_run_refuses_a_directory_that_takes_no_record(qq: Run, job: Path, without_privileges: Command) -> None:
    script = write(job, "")
    job.chmod(0o555)
    told = [refused(qq, job, *words, script, prefix=without_privileges) for words in ((), ("--dry-run",))]
    job.chmod(0o755)
    assert told[0] == told[1] and told[0].endswith("the info file could not be written: permission denied")


def test_a_queue_whose_table_is_broken_fails_a_dry_run_too(qq: Run, job: Path, qq_home: QQHome) -> None:
    script = write(job, "")
    assert qq("submit", *LOCAL, "--ncpus", "999", script).returncode == TROUBLE  # makes the table
    for table in qq_home.state.rglob("*.db*"):
        table.write_bytes(b"this is no table" * 1000)
    told = [refused(qq, job, *words, script) for words in ((), ("--dry-run",))]
    assert told[0] == told[1] and "can't be used" in told[0]


def test_lines_that_only_a_batch_system_understands_are_told(qq: Run, job: Path) -> None:
    done = qq(
        "submit", *LOCAL, "--dry-run", write(job, "#SBATCH --nodes=2\n# SBATCH\n\n#SBATCH -t 1\ntrue\n#SBATCH -n 3")
    )
    assert done.returncode == 0
    assert "line 2, as others, means nothing to qq (#SBATCH --nodes=2)" in done.stderr
    done = qq("submit", *LOCAL, "--dry-run", write(job, "#PBS -l ncpus=2"))
    assert "line 2 means nothing to qq (#PBS -l ncpus=2)" in done.stderr


@pytest.mark.parametrize("where", [".", "deeper"])
def test_a_script_can_not_submit_what_lies_in_its_working_directory(qq: Run, job: Path, where: str) -> None:
    """That goes when the job ends, and with it the input of the new one."""
    (job / "deeper").mkdir()
    write(job, "", name="next.sh")
    write(job / "deeper", "", name="next.sh")
    script = write(job, f"{QQ} submit {' '.join(LOCAL)} {where}/next.sh 2> told; echo $? > code")
    assert qq("submit", *LOCAL, script).returncode == 0
    assert qq("wait", "-d", "job").returncode == 0
    assert (job / "code").read_text() == f"{TROUBLE}\n"
    assert "is in the working directory of a job" in (job / "told").read_text()


def test_a_limit_of_the_queue_that_is_no_number_is_told(qq: Run, job: Path) -> None:
    words = "QQ_LOCAL_NCPUS: 'abc' is no whole number; correct the variable, or unset it"
    for options in ((), ("--dry-run",)):
        assert refused(qq, job, *options, write(job, ""), env={"QQ_LOCAL_NCPUS": "abc"}).endswith(f"run.sh: {words}")
    for command in ("nodes", "queues"):
        done = qq(command, env={"QQ_LOCAL_NCPUS": "abc", "QQ_BATCH_SYSTEM": "local"})
        assert (done.returncode, done.stdout, done.stderr) == (TROUBLE, "", f"qq: {words}\n")


def test_programs_of_slurm_without_a_cluster_do_not_make_a_cluster(
    qq: Run, job: Path, tmp_path: Path, qq_home: QQHome
) -> None:
    (tmp_path / "opt/bin").mkdir(parents=True)
    says = "sbatch: error: Batch job submission failed: Invalid partition name specified"
    (tmp_path / "opt/bin/sbatch").write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 1\n")
    (tmp_path / "opt/bin/sbatch").chmod(0o755)
    env = {"PATH": f"{tmp_path}/opt/bin:{Path(QQ).parent}"}
    script = write(job, "")
    assert "to local:" in qq("submit", "--dry-run", script, env=env).stdout
    (tmp_path / "opt/etc").mkdir()
    (tmp_path / "opt/etc/slurm.conf").touch()
    assert "Slurm would refuse it" in qq("submit", "--dry-run", "-q", "cpu", script, env=env).stderr
    done = qq("submit", "-q", "cpu", script, env=env)
    assert done.returncode == TROUBLE
    assert "Slurm refused (sbatch: Batch job submission failed: Invalid partition name specified)" in done.stderr
    assert "choose one with --queue" in done.stderr
    assert not list(job.glob("*.qqinfo"))


# --- several scripts --------------------------------------------------------------------------------------------------


@pytest.fixture
def ended(qq: Run) -> Iterator[None]:
    """After the test every job is over."""
    yield
    qq("kill", "-y", "--force", "-a")
    until("the end of the jobs", lambda: "no jobs that have not ended" in qq("jobs").stdout)


@pytest.mark.usefixtures("ended")
def test_each_script_fails_alone_and_the_summary_says_how_many(qq: Run, tmp_path: Path) -> None:
    for number in range(12):
        directory = tmp_path / f"job{number}"
        directory.mkdir()
        (directory / "run.sh").write_text(
            f"{SHEBANG}\n# qq work-dir input_dir\n{'# qq bad 1' if number == 5 else ''}\n"
        )
    done = qq("submit", *LOCAL, *(f"job{number}/run.sh" for number in range(12)))
    assert done.returncode == TROUBLE
    assert done.stderr == "qq: job5/run.sh, line 3: unknown option 'bad'; 'qq submit -h' lists them\n"
    lines = done.stdout.splitlines()
    assert lines[-1] == "submitted 11 of 12 scripts; 1 failed"
    assert len({line.split()[0] for line in lines[:-1]}) == 11
    assert [line.split()[1] for line in lines[:-1]] == [f"job{number}/run.sh" for number in range(12) if number != 5]
    assert not (tmp_path / "job5/run.qqinfo").exists()


@pytest.mark.usefixtures("ended")
def test_a_submission_from_within_a_job_hands_nothing_of_that_job_on(qq: Run, job: Path) -> None:
    script = write(job, "# qq work-dir input_dir\nenv > seen")
    outer = {"QQ_ATTEMPT": "7", "QQ_TOKEN": "outer", "QQ_ENV_SET": "true", "QQ_LOOP_CURRENT": "3", "QQ_DEBUG": "1"}
    done = qq("submit", *LOCAL, script, env=outer)
    assert done.returncode == 0, done.stderr
    assert qq("wait", "-d", "job").returncode == 0
    seen = dict(line.split("=", 1) for line in (job / "seen").read_text().splitlines() if line.startswith("QQ_"))
    assert seen["QQ_ATTEMPT"] == "1"
    assert seen["QQ_TOKEN"] != "outer"
    assert seen["QQ_DEBUG"] == "1"
    assert "QQ_LOOP_CURRENT" not in seen


# --- shebang ----------------------------------------------------------------------------------------------------------


def test_without_a_script_the_line_is_printed(qq: Run) -> None:
    assert qq("shebang").stdout == f"{SHEBANG}\n"


def test_the_line_is_added_and_mode_and_link_stay(qq: Run, job: Path) -> None:
    (job / "real.sh").write_text("echo\n")
    (job / "real.sh").chmod(0o750)
    (job / "run.sh").symlink_to("real.sh")
    done = qq("shebang", "job/run.sh")
    assert (done.returncode, done.stderr) == (0, "")
    assert (job / "real.sh").read_text() == f"{SHEBANG}\necho\n"
    assert (job / "real.sh").stat().st_mode & 0o777 == 0o750
    assert (job / "run.sh").is_symlink()
    before = tree(job)
    assert "has the line already" in qq("shebang", "job/run.sh").stdout
    assert tree(job) == before


def test_who_replaces_an_interpreter_is_told_how_to_keep_it(qq: Run, job: Path) -> None:
    (job / "run.py").write_text("#!/usr/bin/env -S python3 -u\nprint()\n")
    done = qq("shebang", "job/run.py")
    assert "add the line '# qq interpreter \"python3 -u\"'" in done.stderr
    assert (job / "run.py").read_text() == f"{SHEBANG}\nprint()\n"


def test_scripts_that_can_not_be_changed_are_named_and_the_others_changed(
    qq: Run, job: Path, without_privileges: Command
) -> None:
    (job / "a.sh").write_bytes(b"\xff")
    (job / "b.sh").write_text("echo\n")
    (job / "b.sh").chmod(0o444)
    (job / "c.sh").write_text("echo\n")
    done = qq("shebang", "job/a.sh", "job/b.sh", "job/no.sh", "job", "job/c.sh", prefix=without_privileges)
    assert done.returncode == TROUBLE
    assert done.stderr.splitlines() == [
        "qq: job/a.sh: not changed: it is not UTF-8 (byte 0)",
        "qq: job/b.sh: not changed: permission denied",
        "qq: job/no.sh: not changed: no such file or directory",
        "qq: job: not changed: it is no regular file",
    ]
    assert (job / "b.sh").read_text() == "echo\n"
    assert (job / "c.sh").read_text() == f"{SHEBANG}\necho\n"
