"""What deciding and simulating cost in processor time: a decision whatever the archive, a cycle of however many.

The loop job has 20 files: nine in the input directory, with the script ten; each cycle writes ten, four of them for the
archive. ``main()`` prints one line per measurement and gives the number of limits that were missed.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from copying import Measured
from predicting import loop_job

from qq.core.lifecycle.decide import decide
from qq.core.moments import Booted, Moment
from qq.core.predicting.setting import FIRST, as_new, world_of
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate.chain import booted, run_job
from qq.core.simulate.draft import Draft
from qq.core.simulate.world import Script

INPUTS = {f"input{number}": 100 for number in range(9)}
TIMES = 100
CYCLES = (100, 1_000, 10_000)


def script(cycle: int) -> Script:
    """Trajectory, energies and log of the cycle, the checkpoint of the next one, and six files that come home."""
    archived = [f"job{cycle:04d}.xtc", f"job{cycle:04d}.edr", f"job{cycle:04d}.log", f"job{cycle + 1:04d}.cpt"]
    return Script(writes=dict.fromkeys([*archived, *(f"output{number}" for number in range(6))], 100))


def a_loop(cycles: int) -> JobInfo:
    """A loop job of so many cycles."""
    job = loop_job()
    assert job.loop is not None
    return replace(job, loop=replace(job.loop, end=cycles))


def life(names: int) -> tuple[Booted, list[Moment]]:
    """All that ``decide`` is told in a life, with so many names in the archive."""
    archive = {f"storage/job{number:06d}.xtc": 1 for number in range(100, 100 + names)}
    world = world_of(as_new(a_loop(10)), (script(1),), {**INPUTS, **archive})
    first = booted(Draft(world), FIRST)
    moments = [step.moment for step in run_job(world, FIRST)[0].steps]
    if first is None or None in moments:
        sys.exit("the benchmark failed: the job did not live to its end")
    return first, [moment for moment in moments if moment is not None]


def all_decisions(first: Booted, moments: list[Moment]) -> int:
    """Decides through a whole life; how often."""
    decision = decide(None, first)
    for moment in moments:
        decision = decide(decision.run, moment)
    if decision.exit_code != 0:
        sys.exit(f"the benchmark failed: the life ended with {decision.exit_code}")
    return len(moments) + 1


def microseconds(first: Booted, moments: list[Moment]) -> float:
    """Per call, over one life."""
    begin = time.process_time_ns()
    calls = all_decisions(first, moments)
    return (time.process_time_ns() - begin) / calls / 1000


def deciding() -> Iterator[Measured]:
    """One call, on an average of a life's calls."""
    for names in (20, 100_000):
        first, moments = life(names)
        took = statistics.median(microseconds(first, moments) for _ in range(TIMES))
        yield Measured(f"decide, {names:,} names in the archive (µs)", took, 30, f"{len(moments) + 1} calls in a life")


SIMULATING = """
import resource, sys, time
sys.path.insert(0, sys.argv[1])
import deciding
from qq.shell.predict import simulate
cycles = int(sys.argv[2])
job = deciding.a_loop(cycles)
begin = time.process_time()
played = simulate(job, deciding.script, deciding.INPUTS)
took = time.process_time() - begin
assert len(played.cycles) == cycles and played.cycles[-1].exit_code == 0, played
print(took / cycles * 1000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def in_a_process(cycles: int) -> tuple[float, float]:
    """Milliseconds per cycle, and the peak in MB, of a process that simulates so many cycles."""
    argv = [sys.executable, "-c", SIMULATING, str(Path(__file__).parent), str(cycles)]
    took, peak = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    return float(took), float(peak)


def simulating() -> Iterator[Measured]:
    """All in all, the record of what happened included."""
    took = {}
    for cycles in CYCLES:
        runs = [in_a_process(cycles) for _ in range(5 if cycles < CYCLES[-1] else 3)]
        took[cycles] = statistics.median(run[0] for run in runs)
        yield Measured(f"a cycle of {cycles:,} with 20 files (ms)", took[cycles], 1, "")
        if cycles == CYCLES[-1]:
            yield Measured("peak memory of 10,000 cycles, MB", runs[-1][1], 300, "")
    ratio = took[CYCLES[-1]] / took[CYCLES[1]]
    yield Measured("a cycle of 10,000 against one of 1,000", ratio, 1.3, "linear if 1")


def main() -> int:
    """Prints every measurement; the number of limits that were missed."""
    missed = 0
    for group in (deciding, simulating):
        for measured in group():
            print(measured, flush=True)
            missed += measured.ratio > measured.limit
    return missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
