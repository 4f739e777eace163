"""What a command, a job and a queue cost above the bare work, as medians of an installed wheel.

``main()`` prints one line per measurement and gives the number of limits that were missed.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from copying import Measured, paired, timed
from pyrsistent import pvector

from qq.core.effects import CreateRecord, Location, RunScript
from qq.core.result import Failure
from qq.shell.configuration import load_setup
from qq.shell.here import host_name, user_name
from qq.shell.perform.process import Script, end_all, run_script
from qq.shell.perform.record import create_record
from qq.shell.perform.watch import Watch
from qq.shell.signals import listening
from qq.shell.submission import Submitter, preview

BIN = Path(sys.executable).parent
QQ = str(BIN / "qq")
PAIRS = 15
TRUE = "#!/usr/bin/env -S qq run\n# qq work-dir {work_dir}\n# qq walltime 5m\ntrue\n"


def environment(top: Path) -> dict[str, str]:
    """A home of its own for everything that qq keeps."""
    env = {name: text for name, text in os.environ.items() if not name.startswith(("QQ_", "XDG_"))}
    env |= {f"XDG_{name}_HOME": str(top / name.lower()) for name in ("STATE", "CACHE", "CONFIG")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env | {"HOME": str(top), "PATH": f"{BIN}:{env['PATH']}"}


def run(env: Mapping[str, str], *argv: str, ok: tuple[int, ...] = (0,)) -> None:
    """Runs a command, which has to succeed."""
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in ok:
        sys.exit(f"the benchmark failed: {' '.join(argv)[:200]}: {done.stderr[-500:]}")


def granted(result: object) -> None:
    """What must not fail here."""
    if isinstance(result, Failure):
        sys.exit(f"the benchmark failed: {result.failure()}")


def job(top: Path, name: str, work_dir: str = "input_dir", files: int = 0) -> Path:
    """A job's directory; gives its script."""
    directory = top / name
    directory.mkdir(parents=True)
    for number in range(files):
        (directory / f"data{number}").write_text("x" * 4096)
    script = directory / "run.sh"
    script.write_text(TRUE.format(work_dir=work_dir))
    return script


def start_up(top: Path, env: Mapping[str, str]) -> list[Measured]:
    """How long it takes until a command has said what there is to say."""
    script = job(top, "one")
    run(env, QQ, "submit", str(script))
    run(env, QQ, "wait", "-d", str(script.parent))
    measured = []
    for words, limit in (
        (["--version"], 2),
        (["info", "-b", "-d", str(script.parent)], 8),
        (["info", "-d", str(script.parent)], 11),
    ):
        ratio, detail = paired(
            lambda words=words: run(env, QQ, *words),
            lambda: run(env, sys.executable, "-c", "pass"),
            PAIRS,
        )
        measured.append(
            Measured(f"qq {' '.join(w for w in words if '/' not in w)} / python -c pass", ratio, limit, detail)
        )
    return measured


def one_job(top: Path, env: Mapping[str, str]) -> list[Measured]:
    """``qq run`` as a process of its own, above bare bash running the same script. Seconds."""
    measured = []
    for work_dir, files, limit in (("input_dir", 0, 0.22), ("scratch_local", 10, 0.25)):
        extra = []
        for number in range(PAIRS):
            script = job(top, f"run-{work_dir}-{number}", work_dir, files)
            job_env = prepared(env, script)
            bare = timed(lambda script=script: run(env, "bash", str(script)))
            extra.append(timed(lambda job_env=job_env, script=script: run(job_env, QQ, "run", str(script))) - bare)
        name = f"qq run of true above bash, {work_dir}, {files} files (s)"
        measured.append(Measured(name, statistics.median(extra), limit, ""))
    return measured


def prepared(env: Mapping[str, str], script: Path) -> dict[str, str]:
    """A job whose record stands, which no queue starts: its environment, as the queue would give it."""
    setup = load_setup(env).unwrap()
    submitter = Submitter(
        setup=setup,
        environ=env,
        directory=str(script.parent),
        host=host_name(),
        user=user_name(),
        umask=0o022,
        qq_path=QQ,
    )
    plan = preview(str(script), submitter).unwrap()
    granted(create_record(CreateRecord(Location(plan.request.info_file), plan.submission.job), Watch()))
    return {**env, **plan.request.env, "QQ_LOCAL_JOB_ID": "1.local"}


def noticing(top: Path) -> Measured:
    """From the end of a process to knowing it. Seconds."""
    times = []
    for number in range(PAIRS):
        at = top / f"ended{number}"
        (top / "date.sh").write_text(f"exec date +%s.%N > {at}\n")
        argv = pvector(["sh", str(top / "date.sh")])
        script = Script()
        with listening() as signals:
            granted(run_script(RunScript(argv, str(top), os.devnull, os.devnull), script, signals))
            times.append(time.time() - float(at.read_text()))
            end_all(script, signals)
    return Measured("end of script -> noticed (s, start-up of date included)", statistics.median(times), 0.01, "")


def queue(top: Path, env: Mapping[str, str]) -> list[Measured]:
    """A hundred jobs, from the command line to the last one's end. Seconds."""
    submitting, running = [], []
    for number in range(3):
        scripts = [str(job(top, f"many{number}-{n}")) for n in range(100)]
        begin = time.perf_counter()
        run(env, QQ, "submit", *scripts)
        submitting.append(time.perf_counter() - begin)
        run(env, QQ, "wait", *(word for script in scripts for word in ("-d", str(Path(script).parent))))
        running.append(time.perf_counter() - begin)
    return [
        Measured("100 scripts submitted with one command (s)", statistics.median(submitting), 1, ""),
        Measured("100 true through the queue on two slots (s)", statistics.median(running), 4, ""),
    ]


def main() -> int:
    """The number of limits that were missed."""
    top = Path(tempfile.mkdtemp(prefix="qq-bench-"))
    try:
        env = environment(top)
        measured = [*start_up(top, env), *one_job(top, env), noticing(top), *queue(top, env)]
    finally:
        shutil.rmtree(top, ignore_errors=True)
    for line in measured:
        print(line)
    return sum(line.ratio > line.limit for line in measured)


if __name__ == "__main__":
    sys.exit(main())
