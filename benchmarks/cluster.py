"""On a real Slurm cluster, the one of ``tests/real/cluster``: what commands cost with a thousand jobs in the queue, and
what a sync over ssh costs above one bare ``rsync -a`` over the same link.

Programs of Slurm are counted by putting others of the same names before them on PATH; times are taken without these.
``main()`` prints one line per measurement and gives the number of limits that were missed; without root or Slurm it
says that this is left out.
"""

import os
import shutil
import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from copying import Measured, timed

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.real.cluster.cluster import QQ, Cluster, a_cluster
from tests.real.cluster.hosts import PATH, until
from tests.real.cluster.jobs import a_job

JOBS = 1000
AT_ONCE = 100
TIMES = 7
PAIRS = 5
MB = 1 << 20
RATE = "1gbit"
CLIENTS = ("sbatch", "squeue", "sacct", "sinfo", "scontrol", "scancel", "sacctmgr")
NEEDED = ("slurmctld", "slurmd", "slurmdbd", "munged", "mariadbd", "sshd")


def main() -> int:
    """Runs all of them."""
    missing = [name for name in NEEDED if shutil.which(name, path=PATH) is None]
    if os.geteuid() != 0 or missing:
        why = "only root can set up hosts" if os.geteuid() else f"not installed: {', '.join(missing)}"
        print(f"on a Slurm cluster: left out ({why})")
        return 0
    with a_cluster() as cluster:
        measured = [*submitting(cluster), *asking(cluster), *syncing(cluster)]
    for each in measured:
        print(each)
    return sum(each.ratio > each.limit for each in measured)


def on_login(cluster: Cluster, *words: object, cwd: Path, path: str = "") -> str:
    """Runs a command as the user, which has to succeed."""
    words = ("env", f"PATH={path}:{Path(QQ).parent}:{PATH}", *words) if path else words
    return cluster.do(*words, cwd=cwd, timeout=600)


def median(work: Callable[[], object], times: int = TIMES) -> float:
    """Seconds."""
    return statistics.median(timed(work) for _ in range(times))


# --- submitting and asking --------------------------------------------------------------------------------------------


def submitting(cluster: Cluster) -> list[Measured]:
    """Ends with ``JOBS`` jobs in the queue, all of which wait for one that is held."""
    home = cluster.home()
    held = on_login(cluster, "sbatch", "--parsable", "-H", "-o", "/dev/null", "--wrap", "true", cwd=home).strip()
    names = iter(make_directories(cluster, home / "jobs", f"afterok={held}"))
    bare = ("sbatch", "-d", f"afterok:{held}", "-t", "10", "-o", "/dev/null", "--wrap", "true")
    theirs = median(lambda: on_login(cluster, *bare, cwd=home))
    mine = median(lambda: on_login(cluster, "qq", "submit", next(names), cwd=home))
    submitted, seconds = TIMES, []
    while submitted < JOBS:
        scripts = [next(names) for _ in range(min(AT_ONCE, JOBS - submitted))]
        took = timed(partial(on_login, cluster, "qq", "submit", *scripts, cwd=home))
        submitted += len(scripts)
        seconds += [took] if len(scripts) == AT_ONCE else []
    above = f"qq submit {mine * 1000:.0f} ms, sbatch {theirs * 1000:.0f} ms"
    many = statistics.median(seconds)
    return [
        Measured("slurm: submit above sbatch, in seconds", mine - theirs, 0.2, above),
        Measured(f"slurm: submit of {AT_ONCE} scripts, in seconds", many, 5, f"{many:.2f} s, of {len(seconds)} times"),
    ]


def make_directories(cluster: Cluster, top: Path, depend: str) -> list[str]:
    """A job's directory each; gives the scripts."""
    script = f"#!/usr/bin/env -S qq run\\n# qq work-dir scratch_local\\n# qq depend {depend}\\ntrue\\n"
    loop = f'for i in $(seq {JOBS}); do mkdir -p {top}/$i; printf "{script}" > {top}/$i/run.sh; done'
    on_login(cluster, "sh", "-c", loop, cwd=cluster.home())
    return [f"{top}/{number}/run.sh" for number in range(1, JOBS + 1)]


def asking(cluster: Cluster) -> list[Measured]:
    """With all of these jobs in the queue."""
    counted, log = counting(cluster)
    measured = []
    for words in (["jobs"], ["info", "-b", "-a"], ["info", "-a"]):
        log.write_text("")
        on_login(cluster, "qq", *words, cwd=cluster.home(), path=str(counted))
        calls = log.read_text().split()
        seconds = median(lambda words=words: on_login(cluster, "qq", *words, cwd=cluster.home()))
        name = f"slurm: qq {' '.join(words)} of {JOBS} jobs"
        measured += [
            Measured(f"{name}, programs of Slurm", len(calls), 2, " ".join(calls)),
            Measured(f"{name}, in seconds", seconds, 1.5, f"{seconds:.2f} s"),
        ]
    return measured


def counting(cluster: Cluster) -> tuple[Path, Path]:
    """A directory with programs that are counted in a file."""
    top, log = cluster.home() / "counting", cluster.home() / "counted"
    top.mkdir()
    log.touch()
    log.chmod(0o666)
    for name in CLIENTS:
        (top / name).write_text(f'#!/bin/sh\necho {name} >> {log}\nexec /usr/bin/{name} "$@"\n')
        (top / name).chmod(0o755)
    return top, log


# --- syncing ----------------------------------------------------------------------------------------------------------


def syncing(cluster: Cluster) -> list[Measured]:
    """A failed job's results, from the node's own disk."""
    cluster.end_all_jobs()
    cluster.network.slow("node1", RATE)
    one_file = f"head -c {400 * MB} /dev/urandom > results"
    many_files = f"mkdir results; head -c {400 * MB} /dev/urandom | split -b 81920 -a 4 - results/"
    return [
        sync_of(cluster, "one file of 400 MiB", one_file, cluster.home() / "one"),
        sync_of(cluster, "5,120 files of 80 KiB", many_files, cluster.home() / "many"),
    ]


def sync_of(cluster: Cluster, what: str, script: str, home: Path) -> Measured:
    """Each time of a new job, and into a new place: files that were deleted would keep a disk that discards blocks
    busy while the next ones are written."""
    cluster.do("mkdir", home)
    pairs = [a_sync(cluster, script, home / str(number)) for number in range(PAIRS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Measured(
        f"slurm: sync over ssh, {what}, {RATE}", ratio, 1.15, f"qq {ours * 1000:.0f} ms, rsync {theirs * 1000:.0f} ms"
    )


def a_sync(cluster: Cluster, script: str, home: Path) -> tuple[float, float]:
    """Seconds, ours and theirs."""
    job = a_job(cluster, home, f"{script}\nexit 3", "work-dir scratch_local", "props node1")
    job.submit()
    until("the results", lambda: job.record().get("job_state") == "failed", 120)
    cluster.do("mkdir", home / "bare")
    source = job.record()["work_dir"]
    os.sync()
    mine = timed(lambda: on_login(cluster, "qq", "sync", cwd=home))
    os.sync()
    bare = timed(lambda: on_login(cluster, "rsync", "-a", f"node1:{source}/", f"{home}/bare/", cwd=home))
    return mine, bare


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
