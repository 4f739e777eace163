"""Jobs that start, and end, between the word that they are to be killed and the batch system's hearing of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from pyrsistent import pvector

from qq.core.exitcodes import NOT_OURS
from qq.core.report import Kind
from qq.core.selection import Selection
from qq.shell.batch.local.client import open_queue
from qq.shell.kill import kill
from qq.shell.select import select
from tests.conftest import Command
from tests.shell.batch.local.helpers import over
from tests.shell.cli.conftest import Qq, Unprivileged, submitted, waits_for


def of(directory: Path) -> dict[str, object]:
    """The record there."""
    read = yaml.safe_load((directory / "run.qqinfo").read_text())
    assert isinstance(read, dict)
    return read


def waiting(qq: Qq, tmp_path: Path, names: list[str], body: str) -> list[str]:
    """Jobs that wait until a file lets the one before them end, which has the whole machine."""
    submitted(qq, waits_for(tmp_path / "go"), "ncpus 2")
    places = [tmp_path / name for name in names]
    for place in places:
        place.mkdir()
    return [submitted(qq.at(place), body) for place in places]


def test_they_are_killed_and_their_records_say_so(qq: Qq, tmp_path: Path) -> None:
    names = ["a", "b"]
    ids = waiting(qq, tmp_path, names, "touch begun")
    queue = open_queue(qq.env)

    @contextmanager
    def let_them_start(name: str, _total: int) -> Iterator[Callable[[], None]]:
        yield lambda: None
        if name == "asking":
            (tmp_path / "go").touch()
            assert [over(queue, job_id).exit_code for job_id in ids] == [NOT_OURS, NOT_OURS]

    chosen = select(Selection(dirs=pvector(str(tmp_path / name) for name in names)), qq.env)
    assert len(chosen.jobs) == 2
    reports = list(kill(chosen.jobs, qq.env, force=False, bar=let_them_start))
    queue.close()
    assert [(report.kind, report.did) for report in reports] == [(Kind.DONE, "killed")] * 2
    for name in names:
        record = of(tmp_path / name)
        assert record["job_state"] == "killed"
        assert not (tmp_path / name / "begun").exists()
    assert qq.at(tmp_path / "a")("info", "-b").out.split()[-1] == "killed"


def test_what_to_do_where_the_record_can_not_be_written_is_said_and_helps(
    qq: Qq, tmp_path: Path, without_privileges: Command
) -> None:
    waiting(qq, tmp_path, ["a"], "touch begun")
    place = tmp_path / "a"
    there = Unprivileged(qq.env, place, without_privileges)
    place.chmod(0o500)
    refused = there("kill", "-y")
    assert refused.code == 91
    assert refused.error.endswith("(--force kills it all the same)")
    silent = there("kill", "-y", "--force")
    assert silent.code == 91
    assert silent.error.endswith("(qq kill --force again when that is mended)")
    place.chmod(0o700)
    assert there("kill", "-y", "--force").code == 0
    assert of(place)["job_state"] == "killed"
    (tmp_path / "go").touch()
    assert not (place / "begun").exists()
