"""Kills at random instants of a job that brings 10,000 files home: nothing is lost, and recovery brings the rest."""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.whole.desk import Desk, kill_hard, make_desk, parent_of, tree, until

FILES = 10_000
SEED = random.randrange(1 << 32)

SCRIPT = f"""
echo $$ > pid
mkdir -p results
python3 - <<'EOF'
for n in range({FILES}):
    with open(f"results/{{n}}", "w") as file:
        file.write(str(n))
EOF
touch FLAG
"""

QQ_FILES = (".qqinfo", ".qqout", ".qqmark", ".list", ".proof", ".synced")


MEMORY = Path("/dev/shm")
"""Where there is a file system in memory, it is taken: ten times ten thousand files made and deleted again."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    if not os.access(MEMORY, os.W_OK):
        yield make_desk(tmp_path_factory.mktemp("desk"))
        return
    with tempfile.TemporaryDirectory(prefix="qq-desk-", dir=MEMORY) as top:
        yield make_desk(Path(top))


def started(desk: Desk, name: str) -> tuple[Path, int]:
    """A job whose script has just written its last file; gives its directory and the process id of its qq run."""
    flag = desk.top / f"{name}.flag"
    directory = desk.job(name, SCRIPT.replace("FLAG", str(flag)))
    job_id = desk.qq("submit", directory / "run.sh").split()[0]
    pid_file = next(iter(desk.scratch.glob("qq/jobs")), desk.scratch / "qq/jobs") / f"job_{job_id}" / "pid"
    until("the script", lambda: pid_file.exists() and pid_file.read_text().strip() != "", 60)
    qq_run = parent_of(int(pid_file.read_text()))
    until("its last file", flag.exists, 60)
    return directory, qq_run


def results(directory: Path) -> set[str]:
    """Names of whole results below a directory."""
    found = {name: text for name, text in tree(directory).items() if "/.qq-" not in f"/{name}"}
    return {name for name, text in found.items() if name.startswith("results/") and text.decode() == name[8:]}


def anywhere(desk: Desk, directory: Path) -> set[str]:
    """Results that are whole at home or in a working directory of this job."""
    record = desk.info(directory)["record"]
    found = results(directory)
    if record.get("work_dir") and Path(record["work_dir"]).exists():
        found |= results(Path(record["work_dir"]))
    return found


ALL = {f"results/{n}" for n in range(FILES)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(10))
def test_every_file_is_in_the_working_directory_or_at_home(desk: Desk, number: int) -> None:
    chance = random.Random(SEED + number)
    directory, qq_run = started(desk, f"job{number}")
    delay = chance.uniform(0, 1.5)
    time.sleep(delay)  # the instant of the kill
    if number % 2:
        kill_hard(qq_run)
    else:
        desk.run("kill", "-y", "-d", directory)
    desk.qq("wait", "--no-chain", "-d", directory, codes=(0, 91))
    until("the end", lambda: desk.info(directory)["state"] not in ("running", "exiting"), 30)
    assert anywhere(desk, directory) == ALL, f"seed {SEED}, {delay:.3f} s"
    state = desk.state(directory)
    code = desk.info(directory)["record"].get("script_exit_code")
    if state != "finished" and code is not None:
        desk.qq("recover", "-y", "-d", directory)
        assert results(directory) == ALL, f"seed {SEED}, {delay:.3f} s"
        assert desk.state(directory) == "finished"
    assert not [name for name in tree(directory) if ".qq-" in name] or state != "finished"
