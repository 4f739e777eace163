"""Loop jobs killed with -9 in every phase, each kill followed by ``qq recover``: as if nothing had happened."""

import os
import random
import re
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import Struct, field

from tests.whole import chain as chains
from tests.whole.chain import CYCLES, PHASES, Chain, Instant, make_chain
from tests.whole.desk import Desk, kill_hard, make_desk, until
from tests.whole.trees import Tree, differences

MEMORY = Path("/dev/shm")
SEED = int(os.environ.get("QQ_KILL_SEED") or random.randrange(1 << 32))
TRIES = 10
KILLS, CHAINS = 30, 11
"""Each chain is killed once in each of its three cycles; now and then a kill comes too late."""
AT_MOST = 31
"""Chains that are played if too many kills came too late: a life may end while nobody looks."""


class Undisturbed(Struct, frozen=True):
    """What a run that nobody kills leaves, and what each of its cycles says."""

    outcome: Tree
    said: Mapping[int, Sequence[str]]


class Kill(Struct, frozen=True):
    """``how``: what is killed: ``qq run``; ``node``: the whole tree; ``queue``: the supervisor, too."""

    cycle: int
    instant: Instant
    how: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    if not os.access(MEMORY, os.W_OK):
        yield make_desk(tmp_path_factory.mktemp("desk"))
        return
    with tempfile.TemporaryDirectory(prefix="qq-desk-", dir=MEMORY) as top:
        yield make_desk(Path(top))


@pytest.fixture(scope="module")
def undisturbed(desk: Desk) -> Undisturbed:
    chain = make_chain(desk, "undisturbed")
    desk.qq("submit", chain.home / "run.sh")
    until("the end", lambda: ended(chain), 60)
    return Undisturbed(chains.outcome(chain), {cycle: chain.said(cycle) for cycle in range(1, CYCLES + 1)})


def ended(chain: Chain) -> bool:
    """Whether the last cycle's ``qq run`` has said its last word."""
    said = chain.said(CYCLES)
    return bool(said) and said[-1].startswith("qq run ends")


def is_finished(chain: Chain) -> bool:
    return "job_state: finished" in chain.record(CYCLES)


def instant_in(said: Sequence[str], phase: str, chance: random.Random) -> Instant:
    """An instant of this phase; not the last line of a life, with which everything is over."""
    lines = [n for n, name in enumerate(chains.phases(said[:-1])) if name == phase]
    return Instant(chance.choice(lines), chance.choice((0.0, chance.random())))


def kills_of(number: int, undisturbed: Undisturbed) -> Iterator[Kill]:
    """One for each cycle; over all chains each phase has its share, and a third goes with the whole tree."""
    chance = random.Random(f"{SEED} {number}")
    for cycle in range(1, CYCLES + 1):
        last = cycle == CYCLES
        phase = PHASES[number % 4] if last else PHASES[(2 * number + cycle) % 5]
        how = "qq run" if (number + cycle) % 3 else "queue" if number == 2 else "node"
        yield Kill(cycle, instant_in(undisturbed.said[cycle], phase, chance), how)


def strike(chain: Chain, kill: Kill, qq_run: int) -> None:
    if kill.how == "qq run":
        kill_hard(qq_run)
    else:
        chains.kill_node(qq_run)
    if kill.how == "queue":
        chains.kill_supervisor(chain.desk)
    until("the end of qq run", lambda: chains.is_gone(qq_run))


def code_known(chain: Chain, cycle: int) -> bool:
    """Whether record or mark say how the script ended."""
    record = chain.record(cycle)
    found = re.search("^work_dir: (.*)$", record, re.MULTILINE)
    mark = Path(f"{found[1]}.qqmark") if found else None
    noted = mark is not None and mark.exists() and '"exit_code": null' not in mark.read_text()
    return noted or "script_exit_code" in record


class Played(Struct):
    """What came of a chain. ``runs``: batch jobs that each cycle may have had; ``starts``: of its script, once a code
    was known."""

    chain: Chain
    phases: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    runs: Counter[int] = field(default_factory=lambda: Counter(range(1, CYCLES + 1)))
    starts: dict[int, int] = field(default_factory=dict)
    cut: int = 0
    """Recoveries that were killed."""

    def __str__(self) -> str:
        return "\n".join([f"QQ_KILL_SEED={SEED}, {self.chain.home.name}", *self.told])


def killed(played: Played, kill: Kill) -> str | None:
    """Waits and kills; gives the id of the job that was hit."""
    chain, cycle = played.chain, kill.cycle
    qq_run = chains.wait_for(chain, cycle, kill.instant)
    if qq_run is None:
        return None
    strike(chain, kill, qq_run)
    said = chain.said(cycle)
    known = code_known(chain, cycle)
    if known:
        played.starts[cycle] = chain.starts(cycle)
    else:
        played.runs[cycle] += 1
    played.phases.append(chains.phases(said)[-1])
    played.told.append(f"{kill}: {played.phases[-1]}, {said[-1]!r}, code {'known' if known else 'not known'}")
    job_id = re.search(r"as job (\S+) on", said[0])
    assert job_id, said
    return job_id[1]


def recovered(played: Played, job_id: str, *, again: bool = False) -> None:
    """Recovers the job; only one that had submitted the next one already may have nothing left to do.

    ``again``: an earlier recovery was killed, and may have done it all.
    """
    chain = played.chain
    output = chain.desk.home / f"{chain.home.name}.said"
    code, busy = 91, "is still running, suspended or exiting"
    for _ in range(TRIES):
        code = chains.begin(chain.desk, output, "recover", "-y", job_id).wait(60)
        played.told.append(f"  recover: {code}\n{output.read_text()}")
        if busy not in output.read_text():
            break  # on a machine that is busy, what the queue's own death left behind is found late
    assert code == 0 or (code == 91 and (again or played.phases[-1] == "resubmitting")), str(played)


def recovery_killed(played: Played, job_id: str, chance: random.Random) -> None:
    """Begins a recovery and kills it as soon as it has changed so many things below the chain's directory."""
    chain = played.chain
    changes = chance.choice((1, 2, 3, chance.randrange(4, 400), chance.randrange(4, 2000)))
    with chains.watching(chain) as changed:
        recovery = chains.begin(chain.desk, chain.desk.home / f"{chain.home.name}.cut", "recover", "-y", job_id)
        until("changes", lambda: changed() >= changes or recovery.poll() is not None, 60)
        recovery.kill()
        recovery.wait()
    played.told.append(f"  recover: killed after {changes} changes: {recovery.returncode}")
    played.cut += recovery.returncode == -signal.SIGKILL


def play(desk: Desk, number: int, undisturbed: Undisturbed, *, cut: bool = False) -> Played:
    """Plays a chain with its kills and recoveries, to its end. ``cut``: each recovery is killed, too."""
    chain = make_chain(desk, f"{'cut' if cut else 'chain'}{number}")
    played = Played(chain)
    chance = random.Random(f"{SEED} {number} {cut}")
    desk.qq("submit", chain.home / "run.sh")
    for kill in kills_of(number, undisturbed):
        job_id = killed(played, kill)
        if job_id is not None:
            if cut:
                recovery_killed(played, job_id, chance)
            recovered(played, job_id, again=cut)
    until(f"the end of {played}", lambda: is_finished(chain), 60)
    until(f"an idle queue after {played}", lambda: not chains.asked(desk, _ALIVE, str(chain.home).encode()), 60)
    return played


_ALIVE = "SELECT number FROM jobs WHERE input_dir = ? AND stage <> 'ended'"
_BY_NAME = "SELECT name, count(*) FROM jobs WHERE input_dir = ? GROUP BY name ORDER BY name"


def check(played: Played, undisturbed: Undisturbed) -> None:
    """As if nothing had happened: the same directory, and no cycle ran twice to a code."""
    chain = played.chain
    assert differences(undisturbed.outcome, chains.outcome(chain)) == {}, str(played)
    for cycle, starts in played.starts.items():
        assert chain.starts(cycle) == starts, f"cycle {cycle} ran again: {played}"
    jobs = chains.asked(chain.desk, _BY_NAME, str(chain.home).encode())
    assert jobs == [(f"run+{cycle:04d}.sh".encode(), runs) for cycle, runs in played.runs.items()], str(played)


@pytest.mark.timeout(300)
def test_a_chain_that_is_killed_and_recovered_ends_as_if_nothing_had_happened(
    desk: Desk, undisturbed: Undisturbed
) -> None:
    hits: Counter[str] = Counter()
    records = ""
    for numbers in (range(CHAINS), *(range(first, first + 2) for first in range(CHAINS, AT_MOST, 2))):
        with ThreadPoolExecutor(2) as pool:
            for played in pool.map(lambda number: play(desk, number, undisturbed), numbers):
                check(played, undisturbed)
                hits.update(played.phases)
                records += chains.records(played.chain)
        if hits.total() >= KILLS and len(hits) == len(PHASES):
            break
    assert hits.total() >= KILLS, (SEED, hits)
    assert set(hits) == set(PHASES), (SEED, hits)
    unnamed = {path for path in chains.left_on_scratch(desk) if path not in records}
    assert not unnamed, SEED


@pytest.mark.timeout(300)
def test_a_recovery_that_is_killed_is_recovered_in_turn(desk: Desk, undisturbed: Undisturbed) -> None:
    with ThreadPoolExecutor(2) as pool:
        chains_played = list(pool.map(lambda number: play(desk, number, undisturbed, cut=True), range(3)))
    for played in chains_played:
        check(played, undisturbed)
    assert any(played.cut for played in chains_played), SEED
