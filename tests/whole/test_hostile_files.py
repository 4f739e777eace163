"""Files of every name and kind travel to scratch, home and into the archive as they were, and nothing else changes."""

# ruff: noqa: PTH101, PTH102, PTH103, PTH109, PTH118, PTH123, PTH208, PTH211  (names that are no text)

import os
import pickle
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.conftest import NASTY_NAME, Command
from tests.whole.desk import QQ, Desk, make_desk
from tests.whole.trees import Tree, differences, whole_tree

REPOSITORY = Path(__file__).parents[2]

NAMES = (
    b"two words",
    b" blank at both ends ",
    b'it\'s "quoted" `twice`',
    b"$HOME $(id) ${x}",
    b"new\nline",
    b"tab\tcarriage\rreturn",
    b"-rf",
    b"--help",
    b"caf\xe9 not UTF-8",
    b"\xff\xfe",
    b"\xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80",
    b"\x1b[31mred\x07\x7f",
    b"\xc2\x85\xe2\x80\xa8\xe2\x80\xae",
    b"back\\slash\\",
    b"* ? [a-z] {x,y}",
    b"#comment",
    b";semicolon & | < >",
    b"~root",
    b"...",
    b"a:b,c=d %s",
    b".hidden",
    b"run.sh~",
    b"run.out.d",
    b"n" * 255,
    b"\xc3\xa9" * 127,
    b"\xff" * 255,
)


def fill(top: bytes) -> None:
    """Makes one of everything that a directory may hold."""
    os.makedirs(top, exist_ok=True)
    for number, name in enumerate(NAMES):
        _file(top, name, b"content %d" % number, 0o644)
    deep = os.path.join(top, b"directory \n\xff", b"d" * 255, b"deeper")
    os.makedirs(deep)
    for name in NAMES[:10]:
        _file(deep, name, b"deep", 0o600)
    for mode in (0o400, 0o444, 0o755, 0o664):
        _file(top, b"mode %o" % mode, b"x", mode)
    for mode in (0o500, 0o555, 0o700, 0o2775, 0o1777):
        path = os.path.join(top, b"empty %o" % mode)
        os.mkdir(path)
        os.chmod(path, mode)
    locked = os.path.join(top, b"read-only")
    os.mkdir(locked)
    _file(locked, b"file", b"locked", 0o444)
    os.chmod(locked, 0o555)
    _links(top)
    _special(top)
    with open(os.path.join(top, b"holes"), "wb") as file:
        file.truncate(300_000)
        file.seek(200_000)
        file.write(b"data")
    for number, name in enumerate(sorted(os.listdir(top))):
        when = 1_000_000_000_123_456_789 + number * 1_000_000_001
        os.utime(os.path.join(top, name), ns=(when, when), follow_symlinks=False)


def _file(directory: bytes, name: bytes, content: bytes, mode: int) -> None:
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def _links(top: bytes) -> None:
    targets = (b"nowhere", b"/nowhere/at/all", b"/etc/hostname", b"..", b".", b"two words", b"link to itself", b"/")
    for number, target in enumerate(targets):
        os.symlink(target, os.path.join(top, b"link %d" % number))
    os.symlink(b"link to itself", os.path.join(top, b"link to itself"))
    os.symlink(b"loop b", os.path.join(top, b"loop a"))
    os.symlink(b"loop a", os.path.join(top, b"loop b"))
    os.symlink(b"read-only", os.path.join(top, b"link to a directory"))
    os.symlink(b"x" * 4000, os.path.join(top, b"long link"))
    os.symlink(b"new\nline \xff", os.path.join(top, b"odd link"))
    _file(top, b"one file", b"many names", 0o640)
    os.mkdir(os.path.join(top, b"twins"))
    for name in (b"its \n second name", b"twins/third", b"directory \n\xff/fourth"):
        os.link(os.path.join(top, b"one file"), os.path.join(top, name))


def _special(top: bytes) -> None:
    os.mkfifo(os.path.join(top, b"a FIFO"), 0o620)
    here = os.getcwd()
    os.chdir(top)  # a socket's path may have 108 bytes only
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("a socket")
    finally:
        os.chdir(here)


def python(code: str) -> str:
    """A line of a script that runs this in Python, where these tests can be imported."""
    head = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); import os, pickle; "
    imports = "from tests.whole.trees import whole_tree; from tests.whole.test_hostile_files import *; "
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(head + imports + code)}"


def dump(desk: Desk, name: str) -> str:
    """A line of a script that notes what stands in the working directory."""
    path = desk.home / f"{name}.dump"
    return python(f"pickle.dump(whole_tree('.', but=['run.out', 'run.err']), open({str(path)!r}, 'wb'))")


def dumped(desk: Desk, name: str) -> Tree:
    tree = pickle.loads((desk.home / f"{name}.dump").read_bytes())
    assert isinstance(tree, dict)
    return tree


QQ_FILES = ("run.qqinfo", "run.qqout", "run.out", "run.err")


def submit(desk: Desk, *directories: Path) -> None:
    """Submits and waits."""
    desk.qq("submit", *(directory / "run.sh" for directory in directories))
    desk.qq("wait", "-d", *directories, codes=(0, 91))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Desk]:
    desk = make_desk(tmp_path_factory.mktemp("files"))
    yield desk
    # pytest can't remove what is read-only as an ordinary user; Python 3.11 can't walk these trees.
    subprocess.run(["chmod", "-R", "u+rwX", desk.top, desk.scratch], check=True)


def test_a_job_that_changes_nothing_leaves_everything_as_it_was(desk: Desk) -> None:
    """On scratch it sees the same files, to the nanosecond; at home nothing has moved."""
    there = desk.job("unchanged", dump(desk, "unchanged"))
    here = desk.job("at home", dump(desk, "at home"), "# qq work-dir input_dir")
    nasty = desk.job(NASTY_NAME, dump(desk, "nasty"))
    before = {}
    for directory in (there, here, nasty):
        fill(os.fsencode(directory))
        before[directory] = whole_tree(directory)
    submit(desk, there, here, nasty)
    for directory, name in ((there, "unchanged"), (here, "at home"), (nasty, "nasty")):
        assert desk.state(directory) == "finished", desk.info(directory)["reason"]
        assert not differences(before[directory], whole_tree(directory, but=QQ_FILES))
        seen = dumped(desk, name)
        own = [b"run.qqinfo", b"run.qqout", *(path for path in seen if b".qqmark" in path)] if directory == here else []
        assert not differences(before[directory], {path: it for path, it in seen.items() if path not in own})
    assert not list(desk.scratch.glob("qq/jobs/*"))


def test_what_a_script_makes_comes_home_as_it_made_it(desk: Desk) -> None:
    directory = desk.job("made", python("fill(b'made here')") + "\n" + dump(desk, "made"))
    failed = desk.job("fetched", python("fill(b'made here')") + "\n" + dump(desk, "fetched") + "\nexit 1")
    before = whole_tree(failed)
    submit(desk, directory, failed)
    assert desk.state(directory) == "finished", desk.info(directory)["reason"]
    assert not differences(dumped(desk, "made"), whole_tree(directory, but=QQ_FILES))
    # The other one failed: nothing came home, all of it stands on scratch, and `qq sync` fetches it as it is.
    assert desk.state(failed) == "failed"
    assert not differences(before, whole_tree(failed, but=QQ_FILES))
    work = desk.info(failed)["record"]["work_dir"]
    assert not differences(dumped(desk, "fetched"), whole_tree(work, but=QQ_FILES))
    desk.qq("sync", "-d", failed)
    assert not differences(dumped(desk, "fetched"), whole_tree(failed, but=QQ_FILES))
    assert not differences(dumped(desk, "fetched"), whole_tree(work, but=QQ_FILES))


TOUCHED = """\
set -e
chmod 751 file; chmod 710 directory  # and nothing else
echo more >> twin                    # one file with two names, at home too
ln -P link 'second name of a link'
ln fifo 'second name of a FIFO'
mv directory/inside 'directory/renamed'; rm directory/second
rm way; mkdir way; echo made > way/file
"""


def test_what_a_script_does_to_what_was_there_comes_home_as_it_left_it(desk: Desk) -> None:
    directory = desk.job("touched", TOUCHED + dump(desk, "touched"))
    top = os.fsencode(directory)
    os.mkdir(os.path.join(top, b"directory"))
    for name in (b"file", b"twin", b"directory/inside"):
        _file(top, name, b"input\n", 0o640)
    for old, new in ((b"twin", b"other twin"), (b"directory/inside", b"directory/second")):
        os.link(os.path.join(top, old), os.path.join(top, new))
    for target, name in ((b"file", b"link"), (b"directory", b"way")):
        os.symlink(target, os.path.join(top, name))
    os.mkfifo(os.path.join(top, b"fifo"))
    submit(desk, directory)
    told = desk.info(directory)
    assert (told["state"], told["record"].get("notes")) == ("finished", None)
    # What the script took away is still at home, and was one file there.
    kept = [b"directory/inside", b"directory/second"]
    at_home = whole_tree(directory, but=QQ_FILES)
    assert not differences(dumped(desk, "touched"), at_home, but=kept)
    assert [at_home[path][3] for path in kept] == [b"input\n", b"input\n"]
    assert not list(desk.scratch.glob(f"qq/jobs/job_{told['job_id']}*"))


def test_an_ordinary_user_who_owns_it_all_gets_the_same(tmp_path: Path, without_privileges: Command) -> None:
    """What is read-only is copied, filled, moved and removed all the same; what can't be read is named."""
    desk = make_desk(tmp_path)
    jobs = {
        "unchanged": desk.job("unchanged", dump(desk, "unchanged")),
        "made": desk.job("made", python("fill(b'made here')") + "\n" + dump(desk, "made")),
        "here": desk.job("here", python("fill(b'made here')") + "\n" + dump(desk, "here"), "# qq work-dir input_dir"),
        "hidden": desk.job("hidden", "true"),
    }
    fill(os.fsencode(jobs["unchanged"]))
    _file(os.fsencode(jobs["hidden"]), b"can't \n be read", b"x", 0o000)
    before = {name: whole_tree(directory) for name, directory in jobs.items()}
    for words, code in (
        (("submit", *(path / "run.sh" for path in jobs.values())), 0),
        (("wait", "-d", *jobs.values()), 91),
    ):
        argv = without_privileges([QQ, *map(str, words)])
        done = subprocess.run(argv, env=desk.env, capture_output=True, text=True, check=False)
        assert done.returncode == code, done
    assert not differences(before["unchanged"], whole_tree(jobs["unchanged"], but=QQ_FILES))
    assert not differences(before["unchanged"], dumped(desk, "unchanged"))
    assert not differences(dumped(desk, "made"), whole_tree(jobs["made"], but=QQ_FILES))
    own = [path for path in dumped(desk, "here") if b"qq" in path]
    assert not differences(dumped(desk, "here"), whole_tree(jobs["here"], but=QQ_FILES), but=own)
    for name in ("unchanged", "made", "here"):
        assert desk.state(jobs[name]) == "finished"
    told = desk.info(jobs["hidden"])
    assert (told["state"], told["record"]["job_exit_code"]) == ("failed", 91)
    assert "can't \\n be read" in told["reason"] and "ermission denied" in told["reason"]
    assert not differences(before["hidden"], whole_tree(jobs["hidden"], but=QQ_FILES))
    assert {path.name for path in desk.scratch.glob("qq/jobs/*")} <= {f"job_{told['job_id']}"}


ARCHIVE_SCRIPT = """\
set -e
if [ "$QQ_LOOP_CURRENT" = 1 ]; then
  {make}
  {dump}
else
  {look}
fi
"""
CYCLE = b"job0002"


def archived(top: bytes) -> None:
    """Files of every name and kind that belong to cycle 2."""
    os.makedirs(top, exist_ok=True)
    for name in NAMES:
        _file(top, CYCLE + b" " + name[: 255 - len(CYCLE) - 1], b"archived", 0o640)
    os.symlink(b"nowhere", os.path.join(top, CYCLE + b".link"))
    os.mkfifo(os.path.join(top, CYCLE + b".fifo"))
    os.mkdir(os.path.join(top, CYCLE + b".empty"))
    os.chmod(os.path.join(top, CYCLE + b".empty"), 0o2750)
    fill(os.path.join(top, CYCLE + b".everything"))


def test_numbered_files_of_every_name_and_kind_go_into_the_archive_and_come_from_it(desk: Desk) -> None:
    keep = "whole_tree('.', but=['run+0001.out', 'run+0001.err', 'run+0002.out', 'run+0002.err'])"
    note = "pickle.dump({tree}, open({path!r}, 'wb'))"
    lines = {
        "make": python("archived(b'.')"),
        "dump": python(note.format(tree=keep, path=str(desk.home / "cycle 1.dump"))),
        "look": python(note.format(tree=keep, path=str(desk.home / "cycle 2.dump"))),
    }
    directory = desk.job("archived", ARCHIVE_SCRIPT.format(**lines), "# qq job-type loop\n# qq loop-end 2")
    submit(desk, directory)
    wait_for_chain(desk, directory)
    made = {path: it for path, it in dumped(desk, "cycle 1").items() if path.startswith(CYCLE)}
    assert len(made) > 100
    seen = {path: it for path, it in dumped(desk, "cycle 2").items() if path.startswith(CYCLE)}
    assert not differences(made, seen)
    kept = {path: it for path, it in whole_tree(directory / "storage").items() if path.startswith(CYCLE)}
    assert not differences(made, kept)
    left = {path for path in whole_tree(directory) if b"/" not in path}
    assert left == {b"run.sh", b"storage", *(b"run+0002." + end for end in (b"qqinfo", b"qqout", b"out", b"err"))}


def wait_for_chain(desk: Desk, directory: Path) -> None:
    """Until the last cycle has ended."""
    for _ in range(5):
        desk.qq("wait", "-d", directory, codes=(0, 91))
        loop = desk.info(directory)["record"]["loop_info"]
        if loop["current"] == loop["end"]:
            break
    assert desk.state(directory) == "finished", desk.info(directory)["reason"]


LISTED = (
    "two words",
    "a:b",
    "c,d",
    "*",
    "[x]",
    "--",
    "$HOME",
    "it's",
    'say "x"',
    "back\\slash",
    "#1",
    "~t",
    "sub/two words",
)


def quoted(name: str) -> str:
    """In quotes whether a shell needs them or not: lists have separators of their own."""
    return "'" + name.replace("'", "'\"'\"'") + "'"


def test_lists_of_files_take_any_name_that_is_quoted(desk: Desk, tmp_path: Path) -> None:
    """Excluded are exactly these, included are exactly these, whatever the names mean to a shell or to rsync."""
    words = " ".join(quoted(f"./{name}") for name in LISTED)
    included = " ".join(quoted(str(tmp_path / "in" / Path(name).name)) for name in LISTED[:-2])
    directory = desk.job("listed", dump(desk, "listed"), f"# qq exclude {words}\n# qq include {included}")
    for top in (directory, directory / "sub", directory / "other", tmp_path / "in"):
        top.mkdir(exist_ok=True)
        for name in (*LISTED[:-1], "x", "stays"):
            (top / name).write_text(str(top))
    before = whole_tree(directory)
    submit(desk, directory)
    assert desk.state(directory) == "finished", desk.info(directory)["reason"]
    assert not differences(before, whole_tree(directory, but=QQ_FILES))
    seen = {os.fsdecode(path) for path in dumped(desk, "listed")}
    included_names = {Path(name).name for name in LISTED[:-2]}
    assert {name for name in seen if "/" not in name} == {*included_names, "run.sh", "sub", "other", "x", "stays"}
    assert "sub/two words" not in seen and "sub/a:b" in seen and "other/two words" in seen


SCRIPT_NAMES = ("two words.sh", "-rf.sh", "it's $(id).sh", 'a "b" \\ *.sh', "new\nline.sh", "été.sh", "#x")


def test_a_script_may_be_called_anything(desk: Desk) -> None:
    directories = []
    for number, name in enumerate(SCRIPT_NAMES):
        directories.append(desk.top / f"called {number}")
        directories[-1].mkdir()
        (directories[-1] / name).write_text("#!/usr/bin/env -S qq run\nls > seen\n")
    done = desk.run("submit", *(path / name for path, name in zip(directories, SCRIPT_NAMES, strict=True)))
    assert done.returncode == 0, done.stderr
    desk.qq("wait", "-d", *directories)
    for directory, name in zip(directories, SCRIPT_NAMES, strict=True):
        assert desk.info(directory)["record"]["script_name"] == name
        assert (directory / "seen").exists() and (directory / Path(name).with_suffix(".out")).exists()
