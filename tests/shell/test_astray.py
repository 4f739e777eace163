"""Where an info file belongs, and what is said of one that was copied or moved with its directory."""

import os
import shutil
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.evidence import Absent
from qq.core.records.job import JobInfo
from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.core.result import failed
from qq.core.submission.request import info_path
from qq.shell.astray import in_place, no_copy
from qq.shell.perform.record import record_text
from qq.shell.select import Job
from tests.core.jobs import a_job, a_loop_job

ARCHIVED = "run0001.qqinfo"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "a"
    (place / "storage").mkdir(parents=True)
    return place


def written(job: JobInfo, path: str | Path | None = None) -> Job:
    """Its record, where it belongs or elsewhere."""
    place = Path(path or info_path(job))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(record_text(job))
    return Job(str(place), job, Absent())


def at(job: Job, path: Path) -> Job:
    return replace(job, info_file=str(path))


def why(job: Job) -> str | None:
    return failed(in_place(job, "wipe"))


def test_in_its_input_directory_it_is_right_by_whatever_name_that_goes(home: Path, tmp_path: Path) -> None:
    job = written(a_job(input_dir=str(home)))
    (tmp_path / "link").symlink_to(home)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.qqinfo").symlink_to(job.info_file)
    for directory in (home, tmp_path / "link", tmp_path / "other"):
        assert why(at(job, directory / "run.qqinfo")) is None
    called_otherwise = replace(job, record=replace(job.record, input_dir=str(tmp_path / "link")))
    assert why(called_otherwise) is None


@pytest.mark.parametrize("copy", [shutil.copy, os.link])
def test_of_a_copy_the_original_is_named(home: Path, tmp_path: Path, copy: object) -> None:
    job = written(a_job(input_dir=str(home)))
    (tmp_path / "b").mkdir()
    there = tmp_path / "b" / "run.qqinfo"
    assert callable(copy)
    copy(job.info_file, there)
    words = f"is a job of {home}, and {there} is a copy: qq wipe -d {home}"
    assert why(at(job, there)) == words
    assert failed(no_copy(at(job, there), "wipe")) == words


def test_a_copy_beside_the_original_is_one_too(home: Path) -> None:
    job = written(a_job(input_dir=str(home)))
    assert f"{home}/old.qqinfo is a copy" in str(why(at(job, home / "old.qqinfo")))
    Path(job.info_file).unlink()
    assert why(at(job, home / "old.qqinfo")) is None


def test_of_a_moved_one_both_places_are_named(home: Path, tmp_path: Path) -> None:
    job = written(a_job(input_dir=str(home)))
    home.rename(tmp_path / "b")
    moved = at(job, tmp_path / "b" / "run.qqinfo")
    assert why(moved) == f"its input directory {home} is gone: if it was moved to {tmp_path}/b, move it back"
    assert failed(no_copy(moved, "kill")) is None
    written(replace(job.record, token="f" * 32))
    words = f"is a job of {home}, where its info file is no more: if it was moved to {tmp_path}/b, move it back"
    assert why(moved) == words


def test_records_of_earlier_cycles_are_right_in_the_archive(home: Path, tmp_path: Path) -> None:
    job = written(a_loop_job(input_dir=str(home)), home / "storage" / ARCHIVED)
    assert why(job) is None
    shutil.copytree(home, tmp_path / "b")
    copies = [at(job, tmp_path / "b" / "storage" / ARCHIVED), at(job, tmp_path / "b" / "run+0001.qqinfo")]
    for copy in copies:  # the chain has gone on since the second one was made
        assert why(copy) == f"is a job of {home}, and {copy.info_file} is a copy: qq wipe -d {home}/storage"
    shutil.rmtree(home)
    for copy in copies:
        assert why(copy) == f"its input directory {home} is gone: if it was moved to {tmp_path}/b, move it back"


def test_the_archive_of_the_job_that_moved_it_there_is_right_as_well(home: Path) -> None:
    job = written(a_loop_job(input_dir=str(home)), home / "elsewhere" / ARCHIVED)
    assert "its info file is no more" in str(why(job))
    assert job.record.loop is not None
    loop = replace(job.record.loop, current=2, archive="elsewhere")
    written(replace(job.record, loop=loop, job_name="run+0002.sh", token="f" * 32))
    assert why(job) is None


def test_what_another_host_may_have_is_not_called_gone(home: Path, tmp_path: Path) -> None:
    site = Site(name="slurm", engine="Slurm", batch_system="Slurm")
    record = a_job(input_dir=str(home / "none"), batch_system="Slurm", site=site, input_machine="desk.invalid")
    job = written(record, tmp_path / "b" / "run.qqinfo")
    assert why(job) is None
    for shared in (replace(site, input_shared=True), replace(site, shared_paths=pvector([str(home)]))):
        assert "is gone" in str(why(replace(job, record=replace(record, site=shared))))
    assert "is gone" in str(why(replace(job, record=replace(record, batch_system="local"))))
    written(record)
    assert "is a copy" in str(why(job))
