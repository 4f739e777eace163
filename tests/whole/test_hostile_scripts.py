"""Scripts and surroundings that do their worst: nothing is lost, nothing survives, and `qq info` knows the reason."""

import json
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command
from tests.whole.desk import QQ, Desk, make_desk, until
from tests.whole.trees import differences, whole_tree

CONFIGURATION = """\
[runner]
retry_tries = 2
retry_wait = 0.05
sigterm_to_sigkill = 0.5

[local]
ncpus = 8
"""
QQ_FILES = ("run.qqinfo", "run.qqout", "run.out", "run.err")
MARKER = "qq-hostile-marker"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("scripts"))
    (desk.home / "config/qq").mkdir()
    (desk.home / "config/qq/config.toml").write_text(CONFIGURATION)
    return desk


def job(desk: Desk, name: str, script: str, directives: str = "") -> Path:
    """A job's directory with an input file."""
    directory = desk.job(name, script, directives)
    (directory / "data.txt").write_text("input\n")
    return directory


def run(desk: Desk, *directories: Path) -> list[dict[str, Any]]:
    """Submits all at once and waits for all; what `qq info` says of each."""
    desk.qq("submit", *(directory / "run.sh" for directory in directories))
    desk.qq("wait", "-d", *directories, codes=(0, 91))
    return infos(desk, directories)


def infos(desk: Desk, directories: Sequence[Path]) -> list[dict[str, Any]]:
    """What `qq info` says of the job of each of these directories."""
    told = {Path(it["info_file"]).parent: it for it in json.loads(desk.qq("info", "--json", "-d", *directories))}
    return [told[directory] for directory in directories]


def ended(told: Mapping[str, Any]) -> tuple[object, ...]:
    """State, and exit codes of qq run and of the script."""
    return told["state"], told["record"].get("job_exit_code"), told["record"].get("script_exit_code")


def work_dir(told: Mapping[str, Any]) -> Path:
    return Path(told["record"]["work_dir"])


def processes_with(marker: str) -> list[str]:
    """Command lines of living processes that hold this text."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if marker in words:
            found.append(words)
    return found


# --- working directories ----------------------------------------------------------------------------------------------


def test_a_script_that_deletes_its_own_working_directory(desk: Desk) -> None:
    scripts = {
        "deletes": 'rm -rf "$PWD"',
        "deletes and goes": 'cd / && rm -rf "$OLDPWD"; exit 0',
        "moves": 'mv "$PWD" "$PWD.moved"',
        "replaces": 'rm -rf "$PWD"; mkdir "$PWD"; echo other > "$PWD/other"',
        "deletes and fails": 'rm -rf "$PWD"; exit 3',
        "empties": "rm -rf -- * ; echo new > new",
    }
    directories = [job(desk, name, script) for name, script in scripts.items()]
    before = [whole_tree(directory) for directory in directories]
    told = dict(zip(scripts, run(desk, *directories), strict=True))
    for directory, tree in zip(directories, before, strict=True):
        assert not differences(tree, whole_tree(directory, but=(*QQ_FILES, "new", "other")))
    for name, code in {"deletes": 0, "deletes and goes": 0, "moves": 0, "deletes and fails": 3}.items():
        assert ended(told[name]) == ("failed", 91, code)
        assert f"the working directory {work_dir(told[name])} is gone" in told[name]["reason"]
        assert told[name]["next_command"] == f"qq respawn {told[name]['job_id']}"
    for name, made in (("replaces", "other"), ("empties", "new")):
        assert ended(told[name]) == ("finished", 0, 0)
        assert (desk.top / name / made).exists() and not work_dir(told[name]).exists()


def test_a_link_in_the_place_of_the_working_directory_costs_nobody_a_file(desk: Desk, tmp_path: Path) -> None:
    """What it leads to comes home, since that is what the script left; nothing is deleted there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/precious").write_text("precious\n")
    swap = 'mv "$PWD" "$PWD.moved"; ln -s {} "$PWD"'
    there = job(desk, "linked elsewhere", swap.format(f"{tmp_path}/elsewhere"))
    home = job(desk, "linked home", swap.format('"$QQ_INPUT_DIR"'))
    before = [whole_tree(where) for where in (tmp_path / "elsewhere", home)]
    for it, place in zip(run(desk, there, home), (there, home), strict=True):
        assert ended(it) == ("finished", 0, 0), it["reason"]
        # From home itself qq's own files could not come home either.
        why = "is a link; what it leads to was not touched" if place is there else "run.qqinfo can't stand at home"
        assert why in (place / "run.qqout").read_text()
        assert work_dir(it).is_symlink()
    assert not differences(before[0], whole_tree(tmp_path / "elsewhere"))
    assert not differences(before[1], whole_tree(home, but=QQ_FILES))
    assert (there / "precious").read_text() == "precious\n"


def is_told(desk: Desk, job_id: str, words: str) -> bool:
    """Whether `qq info` of a job without a record says this."""
    return words in desk.run("info", job_id).stderr


def test_a_script_that_deletes_its_input_directory(desk: Desk) -> None:
    """Where there is no record any more, the batch system's word is all that is left; results stay on scratch."""
    here = job(desk, "here", 'rm -rf "$PWD"', "# qq work-dir input_dir")
    there = job(desk, "there", 'echo result > result; rm -rf "$QQ_INPUT_DIR"')
    lines = desk.qq("submit", here / "run.sh", there / "run.sh").splitlines()
    first, second = (line.split()[0] for line in lines[:2])
    assert desk.run("wait", first, second).returncode == 91  # for a job without a record it does not wait
    for job_id, where in ((first, here), (second, there)):
        until(f"the end of {job_id}", partial(is_told, desk, job_id, "exit code 92"))
        assert not where.exists()
        done = desk.run("info", job_id)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (91, "", 1)
        assert f"{where}/run.qqinfo is gone" in done.stderr and "exit code 92" in done.stderr
    assert (desk.scratch / f"qq/jobs/job_{second}/result").read_text() == "result\n"


def test_names_of_qq_that_a_script_takes(desk: Desk) -> None:
    """What a script leaves under names of qq's own never comes in the way of the real ones."""
    script = """
    for name in run.qqinfo run.qqout run.qqmark .run.sh.qqmark .qq.lock .qq-temporary; do
      echo mine > $name
    done
    echo whole > result
    """
    directory = job(desk, "names", script)
    (told,) = run(desk, directory)
    assert ended(told) == ("finished", 0, 0)
    assert (directory / "result").read_text() == "whole\n"
    for name in ("run.qqinfo", "run.qqout"):
        assert (directory / name).read_text() != "mine\n"
        # What can't come home under its name is not deleted either.
        assert (work_dir(told) / name).read_text() == "mine\n"
    for name in (".qq-temporary", ".qq.lock", "run.qqinfo", "run.qqout"):
        stays = f"{name} can't stand at home, where its name is qq's own: it stays in {work_dir(told)}"
        assert stays in (directory / "run.qqout").read_text()
    assert told["next_command"] == f"qq go {told['job_id']}"
    assert {path.name for path in directory.iterdir()} == {
        *("run.sh", "data.txt", "result", "run.qqmark", ".run.sh.qqmark"),
        *QQ_FILES,
    }


def test_a_script_that_replaces_its_own_output(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched\n")
    scripts = {
        "deleted output": "echo before; rm run.out; echo result > result",
        "linked output": f"rm run.out; ln -s {tmp_path}/victim run.out; echo result > result",
        "output is a FIFO": "rm run.out; mkfifo run.out; echo result > result",
        "output is a directory": "rm run.out; mkdir run.out; echo result > result",
        "output fails": f"rm run.out; ln -s {tmp_path}/victim run.out; exit 1",
    }
    directories = [job(desk, name, script) for name, script in scripts.items()]
    told = dict(zip(scripts, run(desk, *directories), strict=True))
    for name, it in told.items():
        assert ended(it) == (("failed", 1, 1) if name == "output fails" else ("finished", 0, 0)), it["reason"]
        assert (desk.top / name / "result").exists() == (name != "output fails")
    assert desk.run("logs", "-d", *directories, timeout=10).returncode == 91
    kinds = {name: stat.S_IFMT((desk.top / name / "run.out").lstat().st_mode) for name in list(scripts)[1:]}
    assert list(kinds.values()) == [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFLNK]
    assert (tmp_path / "victim").read_text() == "untouched\n"


def test_a_script_that_fills_its_output(desk: Desk) -> None:
    directory = job(desk, "fills", "yes 0123456789abcdef | head -c 50000000; yes x | head -c 1000000 >&2")
    (told,) = run(desk, directory)
    assert ended(told) == ("finished", 0, 0)
    assert (directory / "run.out").stat().st_size == 50_000_000
    assert (directory / "run.err").stat().st_size == 1_000_000
    assert not work_dir(told).exists()
    assert (directory / "run.qqout").stat().st_size < 20_000


# --- processes --------------------------------------------------------------------------------------------------------

LEFT_BEHIND = f"""
mark() {{ exec -a {MARKER} sleep 300; }}
mark &
(setsid bash -c 'exec -a {MARKER} sleep 300' &)
(trap '' TERM; exec -a {MARKER} sleep 300) &
(setsid env -i bash -c 'trap "" TERM HUP INT; exec -a {MARKER} sleep 300' </dev/null >/dev/null 2>&1 &)
nohup bash -c 'exec -a {MARKER} sleep 300' >/dev/null 2>&1 &
{shlex.quote(sys.executable)} -c 'import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sh", ["{MARKER}", "-c", "trap \\"\\" TERM; while :; do echo x >> late; sleep 0.01; done"])
    os._exit(0)
os.wait()'
"""


def test_nothing_that_a_script_leaves_behind_outlives_it(desk: Desk) -> None:
    directory = job(desk, "leaves", LEFT_BEHIND + "echo result > result")
    here = job(desk, "leaves here", LEFT_BEHIND + "echo result > result", "# qq work-dir input_dir")
    told = run(desk, directory, here)
    assert processes_with(MARKER) == []
    for where, it in zip((directory, here), told, strict=True):
        assert ended(it) == ("finished", 0, 0), it["reason"]
        assert (where / "result").read_text() == "result\n"
    assert not work_dir(told[0]).exists()


def test_a_killed_job_leaves_nothing_behind_either(desk: Desk) -> None:
    """The script and all its children ignore every polite signal."""
    script = "trap '' TERM INT HUP XCPU\n" + LEFT_BEHIND + "echo out; touch ready; while :; do sleep 0.05; done"
    directories = [job(desk, f"stubborn {n}", script) for n in range(2)]
    before = [whole_tree(directory) for directory in directories]
    ids = [desk.qq("submit", directory / "run.sh").split()[0] for directory in directories]
    for job_id in ids:
        until("the script", (desk.scratch / f"qq/jobs/job_{job_id}/ready").exists)
    desk.qq("kill", "-y", *ids)
    desk.qq("wait", "-d", *directories, codes=(0, 91))
    assert processes_with(MARKER) == []
    for directory, tree, told in zip(directories, before, infos(desk, directories), strict=True):
        assert ended(told) == ("killed", None, None) and told["reason"].startswith("killed by ")
        assert (directory / "run.out").read_text() == "out\n"
        assert (work_dir(told) / "ready").exists()
        assert not differences(tree, whole_tree(directory, but=QQ_FILES))


def test_the_walltime_ends_a_stubborn_script(desk: Desk) -> None:
    script = "trap '' TERM\n" + LEFT_BEHIND + "echo out; while :; do sleep 0.05; done"
    (told,) = run(desk, job(desk, "walltime", script, "# qq walltime 1s"))
    assert ended(told) == ("killed", None, None)
    assert "walltime" in told["reason"]
    assert processes_with(MARKER) == []
    assert work_dir(told).exists()


def test_a_script_that_kills_qq_run(desk: Desk) -> None:
    directory = job(desk, "kills", LEFT_BEHIND + "echo out; kill -9 $PPID; sleep 300")
    (told,) = run(desk, directory)
    assert processes_with(MARKER) == []
    assert told["state"] == "in_an_inconsistent_state"
    assert "qq run could not record how it ended" in told["reason"]
    assert told["next_command"] == f"qq recover {told['job_id']}"
    assert (work_dir(told) / "run.out").read_text() == "out\n"


def test_a_script_that_dies(desk: Desk) -> None:
    ends = {"kill -9 $$": 137, "kill -SEGV $$": 139, "exit 255": 255}
    told = run(desk, *(job(desk, f"dies {code}", how) for how, code in ends.items()))
    for it, code in zip(told, ends.values(), strict=True):
        assert ended(it) == ("failed", code, code) and it["reason"]


# --- what is missing --------------------------------------------------------------------------------------------------


def test_an_interpreter_that_can_not_be_started(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "no program").write_text("echo\n")
    (tmp_path / "bad").write_text("#!/nowhere/at/all\n")
    (tmp_path / "bad").chmod(0o755)
    interpreters = {
        "no such": "no-such-interpreter -u",
        "absolute": "/nowhere/python3",
        "not executable": f"'{tmp_path}/no program' -u",
        "directory": str(tmp_path),
        "bad interpreter": f"{tmp_path}/bad",
    }
    directories = [job(desk, f"interpreter {n}", "true", f"# qq interpreter {it}") for n, it in interpreters.items()]
    before = [whole_tree(directory) for directory in directories]
    for told, directory, tree, words in zip(
        run(desk, *directories), directories, before, interpreters.values(), strict=True
    ):
        assert ended(told) == ("failed", 91, None)
        assert f"the interpreter {shlex.split(words)[0]} " in told["reason"]
        assert "can't be started" in told["reason"] or "is not on the PATH of" in told["reason"]
        assert told["next_command"] == f"qq respawn {told['job_id']}"
        assert not differences(tree, whole_tree(directory, but=QQ_FILES))


def _queued(desk: Desk, *directories: Path) -> list[str]:
    """Submits jobs that wait for another one; gives the ids, of that one first."""
    first = job(desk, f"first of {directories[0].name}", 'while ! [ -e "$QQ_INPUT_DIR/go" ]; do sleep 0.02; done')
    first_id = desk.qq("submit", first / "run.sh").split()[0]
    ids = [desk.qq("submit", "--depend", f"afterok={first_id}", it / "run.sh").split()[0] for it in directories]
    return [first_id, *ids]


def test_what_is_deleted_while_the_job_is_queued(desk: Desk, tmp_path: Path) -> None:
    for name in ("include", "queue"):
        (tmp_path / name).write_text("x")
    gone = job(desk, "gone", "true")
    replaced = job(desk, "replaced", "true")
    moved = job(desk, "moved", "true")
    no_script = job(desk, "no script", "true")
    no_include = job(desk, "no include", "true", f"# qq include {tmp_path}/include")
    ids = _queued(desk, gone, replaced, moved, no_script, no_include)
    shutil.rmtree(gone)
    shutil.rmtree(replaced)
    other = job(desk, "replaced", "echo other")
    moved.rename(desk.top / "moved away")
    (no_script / "run.sh").unlink()
    (tmp_path / "include").unlink()
    before = {it: whole_tree(it, but=QQ_FILES) for it in (other, desk.top / "moved away", no_include)}
    (desk.top / "first of gone/go").touch()
    desk.run("wait", *ids)
    done = desk.run("info", *ids[1:4])
    assert (done.returncode, len(done.stderr.splitlines())) == (91, 3)
    for line, directory in zip(done.stderr.splitlines(), (gone, replaced, moved), strict=True):
        assert f"{directory}/run.qqinfo is gone" in line and "exit code 92" in line
    told = desk.info(no_script)
    assert ended(told) == ("failed", 91, None) and "run.sh" in told["reason"]
    told = desk.info(no_include)
    assert ended(told) == ("failed", 91, None) and f"{tmp_path}/include" in told["reason"]
    assert not differences(before[no_include], whole_tree(no_include, but=QQ_FILES))
    for it in (other, desk.top / "moved away"):
        assert not differences(before[it], whole_tree(it, but=QQ_FILES))


# --- what stands in the way when results come home --------------------------------------------------------------------


def test_what_stands_at_home_in_the_way_is_named_never_followed_and_never_replaced(desk: Desk, tmp_path: Path) -> None:
    """A directory or a link where something else has to go: out of the way with it, and recovery finishes the job."""
    (tmp_path / "elsewhere").mkdir()
    ways = {
        "directory for file": ("echo mine > thing", "mkdir thing; echo yours > thing/file"),
        "file for directory": ("mkdir thing; echo mine > thing/file", "echo yours > thing"),
        "link for directory": ("mkdir thing; echo mine > thing/file", f"ln -s {tmp_path}/elsewhere thing"),
        "link for file": ("echo mine > thing", f"ln -s {tmp_path}/elsewhere/file thing"),
        "directory for output": ("echo mine > thing", "mkdir run.out"),
    }
    jobs = {name: job(desk, name, f'{make}\n(cd "$QQ_INPUT_DIR"; {way})') for name, (make, way) in ways.items()}
    told = dict(zip(ways, run(desk, *jobs.values()), strict=True))
    in_the_way = {"directory for file": "thing", "link for directory": "thing", "directory for output": "run.out"}
    for name, it in told.items():
        if name in in_the_way:
            path = jobs[name] / in_the_way[name]
            assert ended(it) == ("failed", 91, 0) and f"{path} is in the way" in it["reason"]
            assert it["next_command"] == f"move it away, then qq recover {it['job_id']}"
            path.rename(desk.top / f"moved away: {name}")
        else:
            assert ended(it) == ("finished", 0, 0), it["reason"]
            kept = jobs[name] / f"thing.before-run.sh-{it['job_id']}"
            assert kept.is_symlink() if name == "link for file" else kept.read_text() == "yours\n"
    desk.qq("recover", "-y", "-d", *(jobs[name] for name in in_the_way))
    for name, it in zip(jobs, infos(desk, list(jobs.values())), strict=True):
        assert ended(it) == ("finished", 0, 0)
        thing = jobs[name] / "thing"
        assert not thing.is_symlink()
        assert (thing / "file" if thing.is_dir() else thing).read_text() == "mine\n"
        assert not work_dir(it).exists() and not list(jobs[name].glob(".qq-*"))
    assert (desk.top / "moved away: directory for file/file").read_text() == "yours\n"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def as_owner(desk: Desk, privileges: Command, *words: object, codes: tuple[int, ...] = (0,)) -> None:
    """A command by a user whom permissions stop; so is everything that it starts."""
    argv = privileges([QQ, *map(str, words)])
    done = subprocess.run(argv, env=desk.env, cwd=desk.top, capture_output=True, text=True, check=False)
    assert done.returncode in codes, done


def test_what_permissions_forbid_is_named_and_recovered_once_they_allow_it(
    tmp_path: Path, without_privileges: Command
) -> None:
    desk = make_desk(tmp_path)
    (desk.home / "config/qq").mkdir()
    (desk.home / "config/qq/config.toml").write_text(CONFIGURATION)
    scripts = {
        "hidden": "echo secret > hidden; chmod 0 hidden",
        "locked": "mkdir locked; echo x > locked/file; chmod 0 locked",
        "closed": "chmod 0 .",
        "home": 'echo x > $PWD/x; chmod 500 "$QQ_INPUT_DIR"',
        "storage": 'touch job0001.dat; mkdir "$QQ_INPUT_DIR/storage"; chmod 500 "$QQ_INPUT_DIR/storage"',
    }
    loop = "# qq job-type loop\n# qq loop-end 1"
    jobs = {
        name: job(desk, name, f"echo result > result\n{script}", loop if name == "storage" else "")
        for name, script in scripts.items()
    }
    as_owner(desk, without_privileges, "submit", *(directory / "run.sh" for directory in jobs.values()))
    as_owner(desk, without_privileges, "wait", "-d", *jobs.values(), codes=(91,))
    denied = {"hidden": "hidden", "locked": "locked", "closed": "", "storage": "storage/.qq-"}
    for (name, directory), it in zip(jobs.items(), infos(desk, list(jobs.values())), strict=True):
        assert it["next_command"] == f"qq recover {it['job_id']}"
        if name == "home":
            assert it["state"] == "in_an_inconsistent_state" and "could not record" in it["reason"]
        else:
            assert ended(it) == ("failed", 91, 0) and it["reason"].endswith("Permission denied"), it["reason"]
            where = directory if name == "storage" else work_dir(it)
            assert f"{where}/{denied[name]}".rstrip("/") in it["reason"]
        assert (work_dir(it) / "result").read_text() == "result\n" and not (directory / "result").exists()
        for path in (directory, directory / "storage", work_dir(it), work_dir(it) / "hidden", work_dir(it) / "locked"):
            if path.exists():
                path.chmod(0o755)
    as_owner(desk, without_privileges, "recover", "-y", "-d", *jobs.values())
    for directory, it in zip(jobs.values(), infos(desk, list(jobs.values())), strict=True):
        assert ended(it) == ("finished", 0, 0) and not work_dir(it).exists(), it["reason"]
        assert (directory / "result").read_text() == "result\n"
    assert (jobs["storage"] / "storage/job0001.dat").exists() and (jobs["locked"] / "locked/file").exists()
