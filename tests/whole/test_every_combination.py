"""Every combination of job type, working directory, transfer mode, archive mode and exit code, on the real queue.

All jobs are submitted with one command and run for real; afterwards each whole directory tree (input directory,
archive, scratch) is compared with what SPEC says. The expectation is written down here, apart from the core's code.
"""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec import Struct

MODES = ("success", "failure", "always", "never", "42")
CODES = (0, 1, 42, 95)

SCRIPT = """\
#!/usr/bin/env -S qq run
# qq job-type {kind}
# qq transfer-mode {transfer}
# qq work-dir {work_dir}
# qq walltime 5m
{loop}
set -eu
number=${{QQ_LOOP_CURRENT:-1}}
run=$(($(cat count 2>/dev/null || echo 0) + 1))
echo $run > count
echo "run $run"
echo "to stderr" >&2
mkdir -p sub
echo made > sub/made.txt
echo changed >> data.txt
echo trajectory $number > job000$number.dat
echo checkpoint > job000$((number + 1)).cpt
if [ $number = 2 ]; then exit 0; fi
if [ "{kind}" = continuous ] && [ $run -ge 2 ]; then exit 95; fi
exit {code}
"""

LOOP = "# qq loop-end 2\n# qq archive-mode {archive}"


class Case(Struct, frozen=True):
    """One combination."""

    kind: str
    scratch: bool
    transfer: str
    archive: str
    code: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{'scratch' if self.scratch else 'here'}-{self.transfer}-{self.archive}-{self.code}"

    def effective(self, code: int) -> int:
        return 0 if code == 95 and self.kind != "standard" else code

    def allows(self, mode: str, code: int) -> bool:
        code = self.effective(code)
        return {"success": code == 0, "failure": code != 0, "always": True, "never": False, "42": code == 42}[mode]


def cases() -> Iterator[Case]:
    for kind, scratch, transfer, code in itertools.product(("standard", "continuous"), (True, False), MODES, CODES):
        # A continuous job that brings nothing home would start every run from the same input, for ever.
        if not (
            kind == "continuous"
            and scratch
            and code == 0
            and not Case(kind, scratch, transfer, "-", 0).allows(transfer, 0)
        ):
            yield Case(kind, scratch, transfer, "-", code)
    for scratch, transfer, archive, code in itertools.product((True, False), MODES, MODES, CODES):
        yield Case("loop", scratch, transfer, archive, code)


CASES = list(cases())


class Places(Struct):
    """What is expected to stand where: relative name → content (None: whatever it is)."""

    home: dict[str, str | None]
    scratch: list[dict[str, str | None]]


def expected(case: Case, script: str) -> Places:
    """The end of the whole story, told step by step."""
    home: dict[str, str | None] = {"run.sh": script, "data.txt": "input\n"}
    scratch: list[dict[str, str | None]] = []
    number = run = 1
    while True:
        code = 0 if number == 2 else 95 if case.kind == "continuous" and _count(home) >= 1 else case.code
        job = f"run+000{number}" if case.kind == "loop" else "run"
        if number == 2:
            for suffix in ("qqinfo", "qqout", "out", "err"):
                home[f"storage/job0001.{suffix}"] = home.pop(f"run+0001.{suffix}")
        fetched = {
            name.removeprefix("storage/"): text
            for name, text in home.items()
            if case.kind == "loop" and name.startswith(f"storage/job000{number}")
        }
        home |= {f"{job}.qqinfo": None, f"{job}.qqout": None}
        work = {k: v for k, v in home.items() if not k.startswith("storage/") and not k.endswith((".qqinfo", ".qqout"))}
        work |= fetched
        count = _count(work) + 1
        made: dict[str, str | None] = {
            "count": f"{count}\n",
            "sub/made.txt": "made\n",
            "data.txt": f"{work['data.txt']}changed\n",
            f"job000{number}.dat": f"trajectory {number}\n",
            f"job000{number + 1}.cpt": "checkpoint\n",
            f"{job}.out": f"run {count}\n",
            f"{job}.err": "to stderr\n",
        }
        work |= made
        if case.kind == "loop" and case.allows(case.archive, code):
            archived = {n for n in made if n.startswith("job000")}
            if case.scratch:
                archived |= {n for n in work if n.startswith(f"job000{number}.")}
            home |= {f"storage/{n}": work.pop(n) for n in archived}
        if not case.scratch:
            home = {
                k: v for k, v in home.items() if k.startswith("storage/") or k.endswith((".qqinfo", ".qqout"))
            } | work
        elif case.allows(case.transfer, code):
            home |= {n: text for n, text in work.items() if n in made}
        else:
            home |= {f"{job}.out": work[f"{job}.out"], f"{job}.err": work[f"{job}.err"]}
            scratch.append(work)
        goes_on = case.effective(code) == 0 and code != 95
        if case.kind == "loop" and goes_on and number == 1:
            number = 2
        elif case.kind == "continuous" and goes_on and run == 1:
            run = 2
        else:
            return Places(home, scratch)


def _count(files: Mapping[str, str | None]) -> int:
    return int(files.get("count") or 0)


def tree(top: Path) -> dict[str, str]:
    return {
        str(Path(directory, name).relative_to(top)): Path(directory, name).read_text()
        for directory, _, names in os.walk(top)
        for name in names
    }


class Played(Struct, frozen=True):
    """Where the jobs were, and their scratch directories by job."""

    top: Path
    cache: Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All jobs, run to their ends."""
    top = tmp_path_factory.mktemp("jobs")
    home = tmp_path_factory.mktemp("home")
    env = {**os.environ, "HOME": str(home), "QQ_LOCAL_NCPUS": "8"}
    for name in ("STATE", "CACHE", "CONFIG"):
        env[f"XDG_{name}_HOME"] = str(home / name.lower())
    for name in [n for n in env if n.startswith("QQ_") and n != "QQ_LOCAL_NCPUS"]:
        del env[name]
    for case in CASES:
        directory = top / case.name
        directory.mkdir()
        (directory / "data.txt").write_text("input\n")
        (directory / "run.sh").write_text(text_of(case))
    scripts = [str(top / case.name / "run.sh") for case in CASES]
    qq(env, "submit", *scripts, timeout=100)
    qq(env, "wait", "-d", *(str(top / case.name) for case in CASES), timeout=200, codes=(0, 91))
    return Played(top, home / "cache")


def text_of(case: Case) -> str:
    loop = LOOP.format(archive=case.archive) if case.kind == "loop" else ""
    work_dir = "scratch_local" if case.scratch else "input_dir"
    return SCRIPT.format(kind=case.kind, transfer=case.transfer, work_dir=work_dir, loop=loop, code=case.code)


def qq(env: Mapping[str, str], *words: str, timeout: int, codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("qq"), *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode in codes, done.stderr[-2000:]
    return done.stdout


@pytest.mark.timeout(400)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_file_is_where_it_belongs(case: Case, played: Played) -> None:
    places = expected(case, text_of(case))
    found = tree(played.top / case.name)
    assert set(found) == set(places.home)
    wrong = {n: (text, found[n]) for n, text in places.home.items() if text is not None and found[n] != text}
    assert not wrong
    kept = scratch_of(played, found)
    assert sorted(kept, key=sorted) == sorted(places.scratch, key=sorted)


def scratch_of(played: Played, found: Mapping[str, str]) -> list[dict[str, str]]:
    """What still stands on scratch of the jobs whose records are in an input directory."""
    trees = []
    for name in sorted(found):
        if not name.endswith(".qqinfo"):
            continue
        lines = [line.split(": ", 1) for line in found[name].splitlines() if line.startswith("work_dir: ")]
        path = Path(lines[0][1].strip("'\""))
        if path.is_relative_to(played.cache) and path.exists():
            trees.append(tree(path))
    return trees
