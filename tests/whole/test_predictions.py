"""What ``qq.simulate`` says beforehand is what a real run then does to the trees: jobs drawn with a seed.

Fifty end by themselves; others, edited at home meanwhile, are killed by the user, or lose ``qq run`` and are recovered.
"""

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qq.core.replacing import replace
from tests.whole.desk import Desk, kill_hard, make_desk, parent_of, until

OWN = (".out", ".err", ".qqinfo", ".qqout")
ID = re.compile(r"-[0-9]+\.(model|local)$")
MODES = ("success", "failure", "always", "never", "42")
PREDICT = """
import json, os, sys, qq
told = {}
for line in sys.stdin:
    directory, writes, removes, code, files = json.loads(line)
    os.chdir(directory)
    job = qq.job("run.sh")
    end = qq.simulate(job, lambda n: qq.Script(code, writes, tuple(removes), runs_for=1), files)
    told[directory] = [len(end.cycles), *(end.files(place) for place in ("input_dir", "archive", "work_dir"))]
print(json.dumps(told))
"""


def _drawn(desk: Desk, number: int, chance: random.Random) -> tuple[Path, list[Any]]:
    """One job: its directory, and what ``PREDICT`` is to know of it."""
    kind, code = chance.choice(("standard", "loop", "continuous")), chance.choice((0, 1, 42, 95))
    if kind == "continuous" and code == 0:
        code = 95  # it would go on for ever
    names = ["a", "in.dat", "sub/b", "job0001.x", "job0002.x"]
    writes = {name: chance.randrange(1, 50) for name in names if chance.random() < 0.6}
    removes = ["in.dat"] if chance.random() < 0.3 else []
    files = {"in.dat": 60, "other": 70}
    directives = f"# qq job-type {kind}\n# qq transfer-mode {chance.choice(MODES)}\n"
    directives += f"# qq work-dir {chance.choice(('scratch_local', 'input_dir'))}\n# qq walltime 5m\n"
    directives += chance.choice(("", "# qq exclude other\n", "# qq include in.dat\n"))
    if kind == "loop":
        directives += f"# qq loop-end 2\n# qq archive-mode {chance.choice(MODES)}\n"
    script = ["mkdir -p sub"] if "sub/b" in writes else []
    script += [f"head -c {size} /dev/zero > {name}" for name, size in writes.items()]
    script += [f"rm -f {name}" for name in removes]
    directory = desk.job(f"j{number}", "\n".join([*script, f"exit {code}"]), directives)
    for name, size in files.items():
        (directory / name).write_bytes(b"\0" * size)
    return directory, [str(directory), writes, removes, code, files]


def _sizes(top: Path) -> dict[str, int]:
    return {str(path.relative_to(top)): path.stat().st_size for path in top.rglob("*") if path.is_file()}


def _told(files: dict[str, int]) -> dict[str, int]:
    """Without sizes of records, of output and of the script, and ids of jobs in the names of files kept aside."""
    own = (*OWN, "run.sh")
    return {ID.sub("-ID", name): 0 if name.endswith(own) else size for name, size in files.items()}


def test_fifty_jobs_end_as_it_was_told_beforehand(tmp_path: Path) -> None:
    desk, chance = make_desk(tmp_path), random.Random(9)
    drawn = [_drawn(desk, number, chance) for number in range(50)]
    lines = "\n".join(json.dumps(known) for _, known in drawn)
    told = subprocess.run(
        [sys.executable, "-c", PREDICT], input=lines, env=desk.env, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    predicted = json.loads(told.stdout)
    scripts = [directory / "run.sh" for directory, _ in drawn]
    desk.qq("submit", *scripts, timeout=120)
    desk.qq("wait", *(word for directory, _ in drawn for word in ("-d", directory)), codes=(0, 91), timeout=240)
    wrong = []
    for directory, known in drawn:
        _, home, archive, _ = predicted[str(directory)]
        expected = _told(home) | {f"storage/{name}": size for name, size in _told(archive).items()}
        found = _told(_sizes(directory))
        if found != expected:
            wrong.append((known, {"expected": expected, "found": found}))
    assert not wrong, "\n".join(map(str, [len(wrong), *wrong]))


# --- killed and lost --------------------------------------------------------------------------------------------------

DISTURBED = """
import json, os, sys, qq
def told(ends):
    places = [ends.files(place) for place in ("input_dir", "archive", "work_dir")]
    return [ends.state, ends.next_command, [cycle.exit_code for cycle in ends.cycles], *places]
found = {}
for line in sys.stdin:
    directory, early, late, code, files, how = json.loads(line)
    os.chdir(directory)
    fault = qq.faults.killed(by_user=True) if how == "killed" else qq.faults.node_lost()
    faults = [qq.faults.edited("other", 9), fault]
    ends = qq.simulate(qq.job("run.sh"), qq.Script(code, {**early, **late}, runs_for=1), files, faults)
    found[directory] = [told(ends), told(ends.recover())]
print(json.dumps(found))
"""
CASES = [
    (kind, work_dir, how)
    for kind in ("standard", "loop", "continuous")
    for work_dir in ("scratch_local", "input_dir")
    for how in ("killed", "lost")
]


def _waiting(desk: Desk, number: int, chance: random.Random) -> tuple[Path, list[Any]]:
    """A job whose script writes some files, waits, and writes the others. A fault comes when two thirds are written."""
    kind, work_dir, how = CASES[number]
    names = ["a", "in.dat", "b", "job0001.x", "job0002.x", "c"]
    chance.shuffle(names)
    count = chance.choice((2, 4))
    sizes = {name: chance.randrange(2, 50) for name in names[: count + count // 2]}
    early, late = dict(list(sizes.items())[:count]), dict(list(sizes.items())[count:])
    code = 95 if kind == "continuous" else chance.choice((0, 42))
    directives = f"# qq job-type {kind}\n# qq transfer-mode {chance.choice(MODES)}\n# qq work-dir {work_dir}\n"
    directives += "# qq walltime 5m\n"
    if kind == "loop":
        directives += f"# qq loop-end 2\n# qq archive-mode {chance.choice(MODES)}\n"
    flag, go = desk.top / f"flag{number}", desk.top / f"go{number}"
    lines = [
        *(f"head -c {size} /dev/zero > {name}" for name, size in early.items()),
        f"echo $$ > {flag}.part; mv {flag}.part {flag}",
        f"until [ -e {go} ]; do sleep 0.02; done",
        *(f"head -c {size} /dev/zero > {name}" for name, size in late.items()),
    ]
    directory = desk.job(f"d{number}", "\n".join([*lines, f"exit {code}"]), directives)
    files = {"in.dat": 60, "other": 70}
    for name, size in files.items():
        (directory / name).write_bytes(b"\0" * size)
    return directory, [str(directory), early, late, code, files, how]


def _real(desk: Desk, directory: Path, dirs: list[str]) -> list[Any]:
    """The same as ``DISTURBED`` tells, of what is really there. ``dirs``: earlier attempts', this one's is added."""
    info = desk.info(directory)
    record, command = info["record"], info["next_command"] or ""
    work_dir = record.get("work_dir") or str(directory)
    dirs += [work_dir] if work_dir not in (*dirs, str(directory)) else []
    work = {name: size for place in dirs for name, size in _sizes(Path(place)).items()}
    state = info["state"].replace("_", " ")
    return [state, command.replace(f" {record.get('job_id')}", ""), _without_marks(_sizes(directory)), _told(work)]


def _without_marks(files: dict[str, int]) -> dict[str, int]:
    return {name: size for name, size in _told(files).items() if ".qqmark" not in name}


def _as_predicted(told: list[Any]) -> list[Any]:
    state, command, _, home, archive, work = told
    files = _without_marks(home) | {f"storage/{name}": size for name, size in _told(archive).items()}
    return [state, command, files, _told(work)]


@pytest.mark.timeout(300)
def test_jobs_that_are_killed_or_lost_end_as_it_was_told_beforehand(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    desk = replace(desk, env={**desk.env, "QQ_LOCAL_NCPUS": str(len(CASES))})
    chance = random.Random(10)
    drawn = [_waiting(desk, number, chance) for number in range(len(CASES))]
    lines = "\n".join(json.dumps(known) for _, known in drawn)
    told = subprocess.run(
        [sys.executable, "-c", DISTURBED], input=lines, env=desk.env, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    predicted = json.loads(told.stdout)
    desk.qq("submit", *(directory / "run.sh" for directory, _ in drawn), timeout=120)
    wrong = []
    for number, (directory, known) in enumerate(drawn):
        dirs: list[str] = []
        until("the script", (desk.top / f"flag{number}").exists, 60)
        (directory / "other").write_bytes(b"edited on")
        if known[-1] == "killed":
            desk.qq("kill", "-y", "-d", directory)
        else:
            kill_hard(parent_of(int((desk.top / f"flag{number}").read_text())))
        desk.qq("wait", "--no-chain", "-d", directory, codes=(0, 91))
        wrong += _differences(desk, directory, dirs, predicted[str(directory)][0])
        (desk.top / f"go{number}").touch()
        if known[-1] == "lost":
            desk.qq("recover", "-y", "-d", directory)
            desk.qq("wait", "-d", directory, codes=(0, 91))
            wrong += _differences(desk, directory, dirs, predicted[str(directory)][1])
    assert not wrong, "\n".join(map(str, [len(wrong), *wrong]))


def _differences(desk: Desk, directory: Path, dirs: list[str], told: list[Any]) -> list[Any]:
    until("the end", lambda: desk.info(directory)["state"] not in ("running", "exiting"), 30)
    expected, found = _as_predicted(told), _real(desk, directory, dirs)
    return [] if expected == found else [(CASES[int(directory.name[1:])], expected, found)]
