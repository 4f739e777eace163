"""Law 8 where it takes root: the working directory on another host behind a real sshd, and disks that are full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from property_tests.honesty.agreeing import SCRIPT, TEXT, agree
from property_tests.honesty.model_side import ModelSide
from property_tests.honesty.orders import Book, Doing, Order, bringing, marking, orders, programs, staging
from property_tests.honesty.real_side import RealSide, let_go
from property_tests.honesty.sides import Happens
from property_tests.sweep.jobs import job
from qq.core.records.site import Settings
from qq.core.replacing import replace
from qq.core.states import JobType
from qq.shell.perform.dispatch import Hands
from qq.shell.perform.others import close
from qq.shell.signals import listening
from tests.real.sshd import NAME, OtherHost

pytestmark = pytest.mark.real
REAL = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SCRIPT_TEXT = TEXT.replace("CODE", "0")
RECORD = replace(job(JobType.STANDARD), job_id="1")


def on_the_other_host(doing: Doing) -> Doing:
    """What somebody does in the working directory happens where that is."""
    if isinstance(doing, Happens) and doing.path.startswith("scratch"):
        return replace(doing, host=NAME)
    return doing


def test_law_8_with_the_working_directory_on_another_host(other: OtherHost) -> None:
    numbers = count()
    with listening() as signals:
        hands = Hands(signals=signals)
        hands.others.settings = Settings(ssh_timeout=15, rsync_silence=60)

        @REAL
        @given(programs())
        def law(doings: list[Doing]) -> None:
            name = f"t{next(numbers)}"
            top, far = other.path / name, other.disk / name
            top.mkdir()
            far.mkdir()
            model = ModelSide(top, SCRIPT, len(SCRIPT_TEXT), hosts={NAME: "far"})
            sides = model, RealSide(top, hands, SCRIPT_TEXT.encode(), others={NAME: far})
            for side in sides:
                side.happen(Happens("directory", "home"))
                side.happen(Happens("directory", "scratch", host=NAME))
                side.happen(Happens("script", "home/run.sh", 1))
            books = [Book(side.top, RECORD, NAME) for side in sides]
            agree(sides, books, [on_the_other_host(each) for each in doings if not _starts_a_script(each)])

        try:
            law()
        finally:
            close(hands.others)


def _starts_a_script(doing: Doing) -> bool:
    """That is never done on another host."""
    return isinstance(doing, Order) and doing.kind == "run"


# --- full disks -------------------------------------------------------------------------------------------------------


@contextmanager
def small(path: Path) -> Iterator[None]:
    """A file system of one megabyte."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "qq-test", path], check=True)
    try:
        yield
    finally:
        let_go()
        subprocess.run(["umount", "--lazy", path], check=True)


@st.composite
def filling(draw: st.DrawFn) -> tuple[str, list[Doing]]:
    """A job's way, and the moment from which on there is no space: in the working directory's place, or at home."""
    disk = draw(st.sampled_from(["scratch", "home"]))
    files = [Happens("written", f"home/{name}", size=20) for name in ("a", "in.dat", "d", "job0001.x")]
    way: list[Doing] = [*files, *draw(staging()), draw(orders("run")), *draw(bringing()), *draw(marking())]
    # Whatever frees space, and what writes where a file stood before, is no test of a disk that stays full.
    # Noting what was synced leaves an empty list where there is no space: it says nothing, and the model has none.
    # Writing a record begins with its lock, which takes room before anybody knows whether there is such a record.
    frees = {"remove files", "remove tree", "remove mark", "clear", "run", "place", "include"}
    left_out = frees | {"note synced", "write record"}
    where = draw(st.integers(len(files), len(way)))
    if any(isinstance(each, Order) and each.kind == "stage" for each in way[:where]):
        left_out.add("stage")  # it begins with removing the lists of the one before, and the room for the proof
    after = [each for each in way[where:] if isinstance(each, Order) and each.kind not in left_out]
    proved = [number for number, each in enumerate(after, 1) if each.kind == "note proof"]
    del after[min(proved, default=len(after)) :]  # it gives back what it doesn't need of the room kept for it
    return disk, [*way[:where], Happens("fill", disk), *after]


@REAL
@given(plan=filling())
def test_law_8_when_a_disk_is_full(plan: tuple[str, list[Doing]], tmp_path_factory: pytest.TempPathFactory) -> None:
    disk, doings = plan
    top = tmp_path_factory.mktemp("full") / "top"
    (top / disk).mkdir(parents=True)
    with small(top / disk), listening() as signals:
        model = ModelSide(top, SCRIPT, len(SCRIPT_TEXT), disks={disk: "small"})
        sides = model, RealSide(top, Hands(signals=signals), SCRIPT_TEXT.encode())
        other = "home" if disk == "scratch" else "scratch"
        for side in sides:
            side.happen(Happens("directory", other))
            side.happen(Happens("script", "home/run.sh", 1))
        agree(sides, [Book(side.top, RECORD) for side in sides], doings)
