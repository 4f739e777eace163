"""A thousand jobs on the embedded queue: what a question about all of them costs, and what ends or renews many.

``main()`` prints one line per measurement and gives the number of limits that were missed.
"""

import resource
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from commands import QQ, environment, job, run
from copying import Measured, timed

JOBS, CHANGED = 1000, 200
TIMES = 5


def directories(top: Path, env: Mapping[str, str]) -> list[str]:
    """A job in each: the first takes the whole machine until the end, the others wait for it."""
    blocker = job(top, "blocker")
    blocker.write_text(blocker.read_text().replace("\ntrue\n", "\nsleep 1000\n"))
    run(env, QQ, "submit", str(blocker))
    scripts = [job(top, f"many{number}") for number in range(JOBS)]
    run(env, QQ, "submit", *map(str, scripts))
    return [str(script.parent) for script in scripts]


def cpu(env: Mapping[str, str], *words: str) -> float:
    """Seconds of CPU that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(env, QQ, *words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def asking(env: Mapping[str, str], places: list[str]) -> list[Measured]:
    """One line for each of the thousand."""
    took = statistics.median(timed(partial(run, env, QQ, "info", "-b", "-d", *places)) for _ in range(TIMES))
    pairs = [(cpu(env, "info", "-b", "-d", *places), cpu(env, "info", "-b", "-d", places[0])) for _ in range(TIMES)]
    each = statistics.median(many - one for many, one in pairs) / (JOBS - 1) * 1000
    return [
        Measured(f"info -b of {JOBS} directories (s)", took, 2.5, ""),
        Measured("CPU of info -b for each record above the first (ms)", each, 1, ""),
    ]


def changing(env: Mapping[str, str], places: list[str]) -> list[Measured]:
    """Killed, submitted again, killed, cleared."""
    some = ["-d", *places[:CHANGED]]
    verbs = (("kill", "-y"), ("respawn", "-y"), ("kill", "-y"), ("clear",))
    took = {words[0]: timed(partial(run, env, QQ, *words, *some)) for words in verbs}
    return [Measured(f"{verb} of {CHANGED} jobs (s)", seconds, 5, "") for verb, seconds in took.items()]


def main() -> int:
    """The number of limits that were missed."""
    top = Path(tempfile.mkdtemp(prefix="qq-bench-"))
    env = environment(top) | {"QQ_LOCAL_NCPUS": "1"}
    try:
        places = directories(top, env)
        measured = [*asking(env, places), *changing(env, places)]
    finally:
        run(env, QQ, "kill", "-y", "--all", "--force")
        shutil.rmtree(top, ignore_errors=True)
    for line in measured:
        print(line)
    return sum(line.ratio > line.limit for line in measured)


if __name__ == "__main__":
    sys.exit(main())
