"""What a cycle leaves that is killed when the next one is submitted already: commands about the directory find it."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.whole import chain as chains
from tests.whole.chain import CYCLES, Chain, make_chain
from tests.whole.desk import Desk, kill_hard, make_desk, until

MEMORY = Path("/dev/shm")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    if not os.access(MEMORY, os.W_OK):
        yield make_desk(tmp_path / "desk")
        return
    with tempfile.TemporaryDirectory(prefix="qq-desk-", dir=MEMORY) as top:
        yield make_desk(Path(top))


def when_submitted(chain: Chain) -> bool:
    said = chain.said(1)
    submits = [n for n, line in enumerate(said) if line.startswith("submit ")]
    return bool(submits) and len(said) > submits[0] + 1


def when_clearing_up(chain: Chain) -> bool:
    return any(line.startswith(("remove the mark", "remove the working directory")) for line in chain.said(1))


def ended_chain(desk: Desk, instant: Callable[[Chain], bool], work_dir: str) -> Chain:
    """A chain whose first cycle was killed at that instant, and which went on to its end by itself."""
    for n in range(10):
        chain = make_chain(desk, f"chain{n}")
        script = chain.home / "run.sh"
        script.write_text(script.read_text().replace("# qq job-type", f"# qq work-dir {work_dir}\n# qq job-type"))
        desk.qq("submit", script)
        _kill_first(chain, instant)
        until("the end of the chain", lambda chain=chain: _has_ended(chain))  # type: ignore[misc]
        desk.qq("wait", "-d", chain.home)
        assert (chain.home / "storage" / "md0001.qqinfo").exists()
        if left(chain):
            return chain  # else it was seen too late: a mark goes in no time
    raise AssertionError("nothing was left")


def _kill_first(chain: Chain, instant: Callable[[Chain], bool]) -> None:
    qq_run: int | None = None

    def come() -> bool:
        nonlocal qq_run
        qq_run = qq_run or chains.qq_run_of(chain, 1)
        if qq_run is None or instant(chain):
            return qq_run is not None
        chains.let_go_for_a_moment(qq_run)
        return False

    until("the instant", come)
    assert qq_run is not None
    kill_hard(qq_run)


def _has_ended(chain: Chain) -> bool:
    return any(line.startswith("qq run ends") for line in chain.said(CYCLES))


def first_of(chain: Chain) -> str:
    """What the first cycle is called."""
    found = re.search(r"as job (\S+) on", chain.said(1)[0])
    assert found
    return f"{found[1]} (run+0001.sh)"


def left(chain: Chain) -> set[str]:
    """Marks at home, and what stands on scratch."""
    return {path.name for path in chain.home.iterdir() if ".qqmark" in path.name} | chains.left_on_scratch(chain.desk)


@pytest.mark.parametrize("instant", [when_submitted, when_clearing_up])
@pytest.mark.parametrize("work_dir", ["scratch_local", "input_dir"])
def test_recover_of_the_directory_takes_it_away(desk: Desk, instant: Callable[[Chain], bool], work_dir: str) -> None:
    chain = ended_chain(desk, instant, work_dir)
    asked = desk.run("recover", "-d", chain.home)
    assert f"{first_of(chain)}:\n" in asked.stdout and "remove" in asked.stdout, asked
    assert "submit" not in asked.stdout
    said = desk.qq("recover", "-y", "-d", chain.home)
    assert first_of(chain) in said
    assert not left(chain)
    assert "resubmitted_as:" in chain.record(1)
    assert first_of(chain) not in desk.run("recover", "-y", "-d", chain.home).stderr
    jobs = chains.asked(desk, "SELECT number FROM jobs WHERE input_dir = ?", str(chain.home).encode())
    assert len(jobs) == CYCLES


def test_wipe_of_the_directory_takes_the_delivered_one_on_scratch(desk: Desk) -> None:
    chain = ended_chain(desk, when_clearing_up, "scratch_local")
    (place,) = left(chain)
    before = chains.outcome(chain)
    copy = shutil.copytree(chain.home, desk.top / "copy")
    assert first_of(chain) not in desk.run("wipe", "-y", "-d", copy).stdout
    assert left(chain) == {place}
    shown = desk.run("wipe", "-d", chain.home)
    assert f"{first_of(chain)}: " in shown.stdout and f"{place}: " in shown.stdout, shown
    desk.qq("wipe", "-y", "-d", chain.home)
    assert not left(chain)
    assert chains.outcome(chain) == before


def test_after_a_cycle_that_was_submitted_anew_it_is_found_all_the_same(desk: Desk) -> None:
    """Tokens are derived from the cycle before only within one submission."""
    chain = ended_chain(desk, when_clearing_up, "scratch_local")
    at_home = chain.home / f"run+{CYCLES:04d}.qqinfo"
    for info in (at_home, chain.home / "storage" / "md0002.qqinfo"):
        lines = info.read_text().splitlines(keepends=True)
        token = "ab" * 16 if info == at_home else "cd" * 16
        info.write_text("".join(f"token: {token}\n" if line.startswith("token:") else line for line in lines))
    desk.qq("recover", "-y", "-d", chain.home)
    assert not left(chain)
