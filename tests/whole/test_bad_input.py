"""Whatever is wrong with a script, an option or a record: one clear line, the right exit code, nothing changed."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from msgspec import Struct

from tests.conftest import Command
from tests.whole.desk import QQ, Desk, make_desk
from tests.whole.trees import differences, whole_tree

SHEBANG = "#!/usr/bin/env -S qq run"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return make_desk(tmp_path_factory.mktemp("bad"))


def said_in_one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line on stderr of a command that ended with this code and printed nothing else."""
    assert (done.returncode, done.stdout) == (code, ""), done
    assert done.stderr.endswith("\n") and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("qq: "), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def refused(desk: Desk, directory: Path, *words: object, code: int = 91) -> str:
    """The one line that a command says, which leaves the directory as it was."""
    before = whole_tree(directory)
    said = said_in_one_line(desk.run(*words), code)
    assert not differences(before, whole_tree(directory))
    return said


# --- scripts and their directives -------------------------------------------------------------------------------------


class Bad(Struct, frozen=True):
    """A script that can't be submitted, and what must be said of it."""

    script: str | bytes
    says: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    code: int = 91


def directive(text: str, *says: str) -> Bad:
    """A script with a wrong directive in its third line."""
    return Bad(f"{SHEBANG}\n# a comment\n# qq {text}\ntrue\n", ("run.sh, line 3", *says))


def loop(text: str, *says: str) -> Bad:
    """A loop job with these directives."""
    lines = "".join(f"# qq {line}\n" for line in text.split(";"))
    return Bad(f"{SHEBANG}\n# qq job-type loop\n{lines}true\n", says)


def option(*arguments: str, says: tuple[str, ...], code: int = 2) -> Bad:
    """A good script with wrong options: bad usage, unless only the directory shows that they are wrong."""
    return Bad(f"{SHEBANG}\ntrue\n", says, arguments, code)


SCRIPTS = {
    "without a shebang": Bad("echo hello\n", ("run.sh, line 1", "no shebang", "qq shebang ")),
    "with bash's shebang": Bad("#!/bin/bash\ntrue\n", ("run.sh, line 1", "qq run", "qq shebang ")),
    "empty": Bad("", ("run.sh, line 1", "qq shebang ")),
    "with Windows line ends": Bad(f"{SHEBANG}\r\ntrue\r\n", ("run.sh, line 1", "Windows", "Unix")),
    "with some Windows line ends": Bad(f"{SHEBANG}\ntrue\r\n", ("run.sh, line 2", "CR LF", r"sed -i 's/\r$//'")),
    "in Latin-1": Bad(f"{SHEBANG}\n# caf".encode() + b"\xe9\ntrue\n", ("run.sh, line 2", "not UTF-8", "save it as")),
    "binary": Bad(bytes(range(256)), ("run.sh, line ", "not UTF-8")),
    "unknown directive": directive("walltme 1h", "'walltme'", "'walltime'"),
    "unknown directive far from any": directive("zzzzzz 1h", "'zzzzzz'", "qq submit -h"),
    "no option": directive("", "no option"),
    "missing value": directive("walltime", "'walltime'", "no value"),
    "missing value after =": directive("walltime=", "'walltime'", "no value"),
    "missing value before a comment": directive("walltime # an hour", "'walltime'", "no value"),
    "open quotation mark": directive('interpreter "python3', "quotation mark"),
    "two words": directive("walltime 1h 2h", "'walltime'", "several words"),
    "number that is a word": directive("ncpus many", "'many'", "whole number"),
    "number with a fraction": directive("ncpus 1.5", "'1.5'", "whole number"),
    "negative number": directive("ncpus -1", "'-1'", "whole number"),
    "no cpus": directive("ncpus 0", "'0'", "1 or more"),
    "size without a unit": directive("mem 16", "'16'"),
    "size with a fraction": directive("mem 1.5gb", "'1.5gb'"),
    "size with an unknown unit": directive("mem 16parsecs", "'16parsecs'"),
    "size of nothing": directive("work-size gb", "'gb'"),
    "negative size": directive("mem -1gb", "'-1gb'"),
    "walltime that is a word": directive("walltime soon", "'soon'"),
    "walltime without a unit": directive("walltime 10", "'10'"),
    "walltime of zero": directive("walltime 0s", "zero"),
    "walltime of 00:00:00": directive("walltime 00:00:00", "zero"),
    "walltime with 99 minutes": directive("walltime 1:99:00", "'1:99:00'"),
    "unknown mode": directive("transfer-mode succes", "'succes'", "success", "failure", "always", "never"),
    "unknown job type": directive("job-type lopp", "'lopp'", "loop", "continuous", "standard"),
    "unknown batch system": directive("batch-system LSF", "'LSF'", "Slurm", "local"),
    "unknown dependency type": directive("depend before=1", "before"),
    "dependency without an id": directive("depend afterok=", "afterok"),
    "requeue that is neither": directive("requeue perhaps", "'perhaps'", "true"),
    "host that is none": Bad(
        f"{SHEBANG}\n# qq job-type continuous\n# qq resubmit-from -oProxyCommand=x\ntrue\n", ("run.sh, line 3", "host")
    ),
    "format without a number": loop("loop-end 3;archive-format job", "run.sh, line 4", "'job'"),
    "format with two numbers": loop("loop-end 3;archive-format job%d_%d", "run.sh, line 4", "'job%d_%d'"),
    "format with a text": loop("loop-end 3;archive-format job%s", "run.sh, line 4", "'job%s'"),
    "format with a directory": loop("loop-end 3;archive-format a/job%d", "run.sh, line 4", "'a/job%d'"),
    "set twice": Bad(f"{SHEBANG}\n# qq ncpus 1\n# qq ncpus 2\ntrue\n", ("run.sh, line 3", "line 2", "'ncpus'")),
    "loop without an end": Bad(f"{SHEBANG}\n# qq job-type loop\ntrue\n", ("loop-end", "# qq loop-end N")),
    "start after the end": loop("loop-start 5;loop-end 3", "loop-start", "(5)", "(3)"),
    "archive is the input directory": loop("loop-end 3;archive .", "archive", "input directory itself"),
    "archive is it by its path": loop("loop-end 3;archive sub/..", "archive", "input directory itself"),
    "archive outside": loop("loop-end 3;archive ../elsewhere", "archive", "outside"),
    "archive is a file": loop("loop-end 3;archive run.sh", "archive", "no directory"),
    "excludes itself": Bad(f"{SHEBANG}\n# qq exclude run.sh\ntrue\n", ("exclude", "'run.sh'", "script itself")),
    "excludes what is outside": Bad(f"{SHEBANG}\n# qq exclude ../x\ntrue\n", ("exclude", "'../x'", "outside")),
    "includes its own directory": Bad(f"{SHEBANG}\n# qq include ..\ntrue\n", ("include", "'..'", "contains")),
    "includes one name twice": Bad(f"{SHEBANG}\n# qq include /a/x /b/x\ntrue\n", ("include", "/a/x", "/b/x")),
    "includes a home": Bad(f"{SHEBANG}\n# qq include ~/x\ntrue\n", ("include", "~/x", "whole path")),
    "more nodes than there are": Bad(f"{SHEBANG}\n# qq nnodes 2\ntrue\n", ("nnodes", "one machine", "ask for 1 node")),
    "no such scratch": Bad(f"{SHEBANG}\n# qq work-dir scratch_ssd\ntrue\n", ("work-dir", "scratch_ssd", "input_dir")),
    "properties": Bad(f"{SHEBANG}\n# qq props cl_zero\ntrue\n", ("props", "leave them out")),
    "property twice": directive("props cl_zero:^cl_zero", "cl_zero"),
    "a server": Bad(f"{SHEBANG}\n# qq server sokar\ntrue\n", ("server", "leave it out")),
}

OPTIONS = {
    "option with a wrong size": option("--mem", "1.5gb", says=("--mem", "1.5gb")),
    "option with a wrong walltime": option("--walltime", "soon", says=("--walltime", "soon")),
    "option with an unknown mode": option("--transfer-mode", "succes", says=("--transfer-mode", "succes")),
    "option with an open quotation mark": option("--exclude", "'a", says=("--exclude",)),
    "unknown option": option("--walltme", "1h", says=("--walltme", "qq submit -h")),
    "option without a value": option("--walltime", says=("--walltime", "qq submit -h")),
    "more cpus than there are": option("--ncpus", "100000", says=("100000",), code=91),
    "more memory than there is": option("--mem", "900pb", says=("900pb",), code=91),
    "more GPUs than there are": option("--ngpus", "999", says=("999",), code=91),
    "unknown queue": option("-q", "nowhere", says=("nowhere", "default"), code=91),
    "dependency on an unknown job": option("--depend", "afterok=9999", says=("9999",), code=91),
}


def put(desk: Desk, name: str, text: str | bytes) -> Path:
    """A script in a directory of its own."""
    directory = desk.top / name.replace(" ", "-").replace("/", "")
    (directory / "sub").mkdir(parents=True)
    script = directory / "run.sh"
    script.write_bytes(text if isinstance(text, bytes) else text.encode())
    return script


def lines_about(said: str, path: Path) -> list[str]:
    return [line for line in said.splitlines() if f"{path}" in line]


def test_every_wrong_script_is_refused_in_one_line_of_its_own(desk: Desk) -> None:
    scripts = {name: put(desk, name, case.script) for name, case in SCRIPTS.items()}
    before = {script: whole_tree(script.parent) for script in scripts.values()}
    done = desk.run("submit", *scripts.values())
    assert done.returncode == 91
    assert done.stdout == f"submitted 0 of {len(scripts)} scripts; {len(scripts)} failed\n"
    assert len(done.stderr.splitlines()) == len(scripts)
    for name, script in scripts.items():
        (line,) = lines_about(done.stderr, script)
        assert line.startswith(f"qq: {script}") and not [says for says in SCRIPTS[name].says if says not in line], line
    for script, tree in before.items():
        assert not differences(tree, whole_tree(script.parent))


@pytest.mark.parametrize("name", OPTIONS)
def test_a_wrong_option_is_refused_in_one_line(desk: Desk, name: str) -> None:
    case = OPTIONS[name]
    script = put(desk, name, case.script)
    said = refused(desk, script.parent, "submit", script, *case.arguments, code=case.code)
    assert not [says for says in case.says if says not in said], said


def test_of_several_faults_each_has_its_line(desk: Desk) -> None:
    script = put(desk, "many", "#!/bin/bash\n# qq ncpus x\n\n# qq memory 1gb\n# qq walltime\ntrue\n")
    done = desk.run("submit", script)
    places = [line.split(": ")[1] for line in done.stderr.splitlines()]
    assert (done.returncode, places) == (91, [f"{script}, line {number}" for number in (1, 2, 4, 5)])


def test_one_wrong_script_among_good_ones_fails_alone(desk: Desk) -> None:
    good, bad = put(desk, "alone good", f"{SHEBANG}\ntrue\n"), put(desk, "alone bad", "true\n")
    done = desk.run("submit", good, bad)
    assert done.returncode == 91
    assert len(lines_about(done.stderr, bad)) == 1 and not lines_about(done.stderr, good)
    assert done.stdout.endswith("submitted 1 of 2 scripts; 1 failed\n")
    desk.qq("wait", "-d", good.parent)
    assert desk.state(good.parent) == "finished"


# --- scripts that are no files that can be read -----------------------------------------------------------------------


def _nothing(script: Path) -> None:
    assert not script.exists()


def _link_to_nowhere(script: Path) -> None:
    script.symlink_to("nowhere")


def _link_loop(script: Path) -> None:
    script.symlink_to("run.sh")


def _huge(script: Path) -> None:
    script.touch()
    os.truncate(script, 100 << 20)


NO_SCRIPTS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "missing": (_nothing, ("no such file",)),
    "a directory": (Path.mkdir, ("directory",)),
    "a link to nowhere": (_link_to_nowhere, ("no such file",)),
    "a link to itself": (_link_loop, ("symbolic links",)),
    "a FIFO": (os.mkfifo, ("no regular file",)),
    "100 MB": (_huge, ("too large",)),
}


@pytest.mark.parametrize("name", NO_SCRIPTS)
def test_what_is_no_script_is_refused_in_one_line(desk: Desk, name: str) -> None:
    make, says = NO_SCRIPTS[name]
    directory = desk.top / f"script {name}"
    directory.mkdir()
    script = directory / "run.sh"
    make(script)
    said = refused(desk, directory, "submit", script, code=91)
    assert f"{script}: " in said and not [words for words in says if words not in said], said


def test_a_script_in_a_directory_that_is_missing(desk: Desk) -> None:
    said = refused(desk, desk.top, "submit", "nowhere/run.sh")
    assert "nowhere/run.sh: the script can't be read: no such file or directory" in said


def without_rights(desk: Desk, privileges: Command, *words: object) -> subprocess.CompletedProcess[str]:
    """A command, by a user whom permissions stop."""
    return subprocess.run(
        privileges([QQ, *map(str, words)]), env=desk.env, cwd=desk.top, capture_output=True, text=True, check=False
    )


def test_a_script_that_may_not_be_read(desk: Desk, without_privileges: Command) -> None:
    script = put(desk, "unreadable script", f"{SHEBANG}\ntrue\n")
    script.chmod(0o200)
    said = said_in_one_line(without_rights(desk, without_privileges, "submit", script), 91)
    assert f"{script}: the script can't be read: permission denied" in said


def test_a_directory_that_may_not_be_written(desk: Desk, without_privileges: Command) -> None:
    script = put(desk, "unwritable", f"{SHEBANG}\ntrue\n")
    script.parent.chmod(0o500)
    before = whole_tree(script.parent)
    said = said_in_one_line(without_rights(desk, without_privileges, "submit", script), 91)
    assert str(script.parent) in said and "permission denied" in said
    assert not differences(before, whole_tree(script.parent))


@pytest.mark.parametrize("name", ["x.out", "x.err", "x.qqinfo", "x.qqout", ".qq-x", "n" * 250, "n" * 255])
def test_a_script_whose_name_leaves_no_room_for_the_jobs_files(desk: Desk, name: str) -> None:
    directory = desk.top / f"named {name[:20]} {len(name)}"
    directory.mkdir()
    (directory / name).write_text(f"{SHEBANG}\ntrue\n")
    said = refused(desk, directory, "submit", directory / name)
    assert "rename it" in said


def test_two_links_of_one_name_are_never_followed_to_the_scripts_home(desk: Desk) -> None:
    """The job's home is the directory that the script was named in, also if the script is a link."""
    elsewhere = put(desk, "elsewhere", f"{SHEBANG}\npwd > where\n")
    directory = desk.top / "linked"
    directory.mkdir()
    (directory / "run.sh").symlink_to(elsewhere)
    desk.qq("submit", directory / "run.sh")
    desk.qq("wait", "-d", directory)
    assert desk.state(directory) == "finished" and (directory / "where").is_file()
    assert sorted(path.name for path in elsewhere.parent.iterdir()) == ["run.sh", "sub"]


# --- what stands in the directory already -----------------------------------------------------------------------------


def test_runtime_files_of_an_earlier_job(desk: Desk) -> None:
    script = put(desk, "earlier", f"{SHEBANG}\ntrue\n")
    for name in ("run.out", "run.qqout", "other.out"):
        (script.parent / name).write_text("earlier\n")
    said = refused(desk, script.parent, "submit", script)
    assert "run.out, run.qqout" in said and "qq clear" in said and "other.out" not in said


def test_a_directory_whose_job_is_over_or_not(desk: Desk) -> None:
    script = put(desk, "one job", f"{SHEBANG}\nexit 3\n")
    desk.qq("submit", script)
    desk.run("wait", "-d", script.parent)
    said = refused(desk, script.parent, "submit", script)
    assert "run.qqinfo" in said and "failed" in said and "qq respawn" in said and "qq clear" in said


# --- info files -------------------------------------------------------------------------------------------------------

COMMANDS = ("info", "info -b", "info --json", "kill -y", "sync", "logs", "wait", "recover -y")


@pytest.fixture(scope="module")
def record(desk: Desk) -> bytes:
    """The info file of a finished job of one cycle, with every key that it may have."""
    script = put(desk, "the record", f"{SHEBANG}\n# qq job-type loop\n# qq loop-end 1\ntrue\n")
    desk.qq("submit", script)
    desk.qq("wait", "-d", script.parent)
    return (script.parent / "run+0001.qqinfo").read_bytes()


def _hundred_megabytes(path: Path, record: bytes) -> None:
    path.write_bytes(record)
    os.truncate(path, 100 << 20)


RECORDS: dict[str, tuple[Callable[[Path, bytes], object], str]] = {
    "empty": (lambda path, _: path.touch(), "it is empty"),
    "blank": (lambda path, _: path.write_text("\n \n"), "it is empty"),
    "a comment alone": (lambda path, _: path.write_text("# qq\n"), "mapping"),
    "half": (lambda path, record: path.write_bytes(record[: len(record) // 2]), "its end is missing"),
    "without its last lines": (
        lambda path, record: path.write_bytes(record[: record.index(b"\ntoken: ") + 1]),
        "its end is missing",
    ),
    "one line": (lambda path, record: path.write_bytes(record[: record.index(b"\n") + 1]), "mapping"),
    "its beginning": (lambda path, record: path.write_bytes(record[:200]), "no valid info file"),
    "not YAML": (lambda path, _: path.write_text("{ [ :\n"), "line 1"),
    "with tabs": (lambda path, _: path.write_text("a:\n\t- b\n"), "line 2"),
    "a list": (lambda path, _: path.write_text("- job_id\n- job_name\n"), "mapping"),
    "a word": (lambda path, _: path.write_text("hello\n"), "mapping"),
    "an object of Python": (lambda path, _: path.write_text("!!python/object/apply:os.system ['touch x']\n"), "line 1"),
    "deep": (lambda path, _: path.write_text("[" * 100_000), "no valid info file"),
    "a bomb": (lambda path, _: path.write_text(_bomb()), "no valid info file"),
    "not UTF-8": (lambda path, record: path.write_bytes(record + b"x: \xff\n"), "UTF-8"),
    "NUL bytes": (lambda path, _: path.write_bytes(bytes(100)), "no valid info file"),
    "100 MB": (_hundred_megabytes, "too many"),
    "a link to nowhere": (lambda path, _: path.symlink_to("nowhere"), "link to nowhere"),
    "a link to itself": (lambda path, _: path.symlink_to(path.name), "symbolic links"),
    "a FIFO": (lambda path, _: os.mkfifo(path), "no regular file"),
    "a directory": (lambda path, _: path.mkdir(), "no regular file"),
    "no mapping of resources": (lambda path, record: path.write_bytes(_with(record, "resources", 7)), "resources"),
}


def _bomb() -> str:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    return f"a0: &a0 [x, x]\n{levels}"


def _with(record: bytes, key: str, value: object) -> bytes:
    return yaml.safe_dump({**_tree(record), key: value}).encode()


def _tree(record: bytes) -> dict[str, object]:
    tree = yaml.safe_load(record)
    assert isinstance(tree, dict)
    return tree


@pytest.fixture(scope="module")
def broken(desk: Desk, record: bytes) -> dict[str, Path]:
    """For each way to break an info file, one."""
    made = {}
    for name, (make, _) in RECORDS.items():
        made[name] = put(desk, f"record {name}", f"{SHEBANG}\ntrue\n").with_name("run.qqinfo")
        make(made[name], record)
    return made


@pytest.mark.parametrize("command", COMMANDS)
def test_of_a_broken_info_file_every_command_says_one_line(desk: Desk, broken: dict[str, Path], command: str) -> None:
    before = {path: whole_tree(path.parent) for path in broken.values()}
    done = desk.run(*command.split(), "-d", *(path.parent for path in broken.values()))
    assert (done.returncode, done.stdout.strip()) == (91, "[]" if "--json" in command else "")
    assert len(done.stderr.splitlines()) == len(broken), done.stderr
    for name, path in broken.items():
        (line,) = lines_about(done.stderr, path)
        assert line.startswith("qq: ") and RECORDS[name][1] in line, line
        assert not differences(before[path], whole_tree(path.parent))


def test_a_broken_info_file_is_in_the_way_of_a_submission(desk: Desk, broken: dict[str, Path]) -> None:
    before = {path: whole_tree(path.parent) for path in broken.values()}
    done = desk.run("submit", *(path.with_name("run.sh") for path in broken.values()))
    assert done.returncode == 91
    for name, path in broken.items():
        (line,) = lines_about(done.stderr, path)
        assert line.startswith(f"qq: {path.parent}: run.qqinfo is in the way: ")
        assert RECORDS[name][1] in line and "remove it" in line, line
        assert not differences(before[path], whole_tree(path.parent))


def test_a_wrong_type_in_any_field_is_told_with_the_name_of_the_field(desk: Desk, record: bytes) -> None:
    paths: dict[str, Path] = {}
    for key, value in _tree(record).items():
        paths[key] = put(desk, f"field {key}", f"{SHEBANG}\ntrue\n").with_name("run.qqinfo")
        paths[key].write_bytes(_with(record, key, 7.5 if isinstance(value, dict | list) else [["x"]]))
    assert len(paths) >= 25
    done = desk.run("info", "-b", "-d", *(path.parent for path in paths.values()))
    assert (done.returncode, done.stdout) == (91, "")
    for key, path in paths.items():
        (line,) = lines_about(done.stderr, path)
        assert "no valid info file" in line and f"{key}" in line.removeprefix(f"qq: {path}"), line


def test_an_info_file_that_may_not_be_read(desk: Desk, record: bytes, without_privileges: Command) -> None:
    path = put(desk, "unreadable record", f"{SHEBANG}\ntrue\n").with_name("run.qqinfo")
    path.write_bytes(record)
    path.chmod(0)
    for command in ("info", "kill -y", "submit"):
        words = [path.with_name("run.sh")] if command == "submit" else ["-d", path.parent]
        done = without_rights(desk, without_privileges, *command.split(), *words)
        assert done.returncode == 91 and len(done.stderr.splitlines()) == 1, done
        assert f"{path}: you may not read this info file" in done.stderr


def test_a_directory_that_may_not_be_read(desk: Desk, record: bytes, without_privileges: Command) -> None:
    directory = put(desk, "unreadable directory", f"{SHEBANG}\ntrue\n").parent
    (directory / "run.qqinfo").write_bytes(record)
    try:
        for mode in (0, 0o111):
            directory.chmod(mode)
            for command in ("info", "info -b", "kill -y", "wipe -y"):
                done = without_rights(desk, without_privileges, *command.split(), "-d", directory)
                said = said_in_one_line(done, 91)
                assert said == f"qq: {directory}: the directory can't be read: permission denied\n"
    finally:
        directory.chmod(0o700)


def test_a_directory_that_may_not_be_cleared(desk: Desk, record: bytes, without_privileges: Command) -> None:
    directory = put(desk, "cleared by nobody", f"{SHEBANG}\ntrue\n").parent
    (directory / "run.qqinfo").write_bytes(record)
    directory.chmod(0o555)
    said = said_in_one_line(without_rights(desk, without_privileges, "clear", "--force", "-d", directory), 91)
    assert f"{directory}: was not cleared: the directory can't be changed: permission denied" in said.lower()


# --- jobs that there are not ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_job(desk: Desk, command: str) -> None:
    done = desk.run(*command.split(), "9999", "9998.local")
    assert (done.returncode, len(done.stderr.splitlines())) == (91, 2), done
    for line, word in zip(done.stderr.splitlines(), ("9999", "9998.local"), strict=True):
        assert line.startswith(f"qq: {word}: no such job") and "-d" in line


@pytest.mark.parametrize("word", ["-1", "1;2", "x y", "../x", "1.local/../..", "", "\x1b[31m", "$(id)"])
def test_a_word_that_is_no_job_id_is_bad_usage(desk: Desk, word: str) -> None:
    done = desk.run("info", word)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_directory_without_a_job(desk: Desk, command: str) -> None:
    (desk.top / "nothing here").mkdir(exist_ok=True)
    done = desk.run(*command.split(), "-d", "nowhere", "nothing here")
    assert (done.returncode, len(done.stderr.splitlines())) == (91, 2), done
    nowhere, nothing = done.stderr.splitlines()
    assert "nowhere: no such directory" in nowhere
    assert "nothing here: there is no job in this directory" in nothing


def test_nothing_of_all_this_was_ever_submitted(desk: Desk) -> None:
    """Runs last: the queue knows the jobs of the good scripts alone."""
    names = {job["job_name"] for job in json.loads(desk.qq("jobs", "-a", "--json"))}
    assert names <= {"run.sh", "run+0001.sh"}


def test_a_queue_that_is_none(tmp_path: Path) -> None:
    """What the record says is shown as such; a submission is taken back, since such a queue can have taken nothing."""
    broken = make_desk(tmp_path)
    script = put(broken, "good", f"{SHEBANG}\ntrue\n")
    broken.qq("submit", script)
    broken.qq("wait", "-d", script.parent)
    (database,) = broken.home.glob("state/qq/queue/*/queue.db")
    for path in database.parent.glob("queue.db*"):
        path.write_bytes(os.urandom(20_000))
    said = refused(broken, put(broken, "other", f"{SHEBANG}\ntrue\n").parent, "submit", broken.top / "other/run.sh")
    assert f"the queue in {database.parent} can't be used" in said
    for command in ("jobs", "info 1", "wait -d good", "kill -y 1", "recover -y -d good"):
        said = said_in_one_line(broken.run(*command.split()), 91)
        assert f"the queue in {database.parent} can't be used" in said, command
    done = broken.run("info", "-b", "-d", "good")
    assert (done.returncode, done.stdout) == (91, "1.local  run.sh  finished? (could not ask)\n")
    assert "shown is what the info file says" in done.stderr
