"""`qq info`: every state with its reason, records that can't be read, selections, what programs read."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from qq.core.records.job import JobInfo, LoopInfo, WhyFailed
from qq.core.states import RecordState
from qq.shell.perform.record import record_text
from tests.conftest import NASTY_NAME
from tests.core.jobs import a_job, a_loop_job
from tests.shell.cli.conftest import Qq, submitted, until, waits_for


def record(directory: Path, job: JobInfo, name: str = "run.qqinfo") -> Path:
    """Writes a record into a directory."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_bytes(record_text(job))
    return path


def test_the_panel_tells_what_is_known_and_what_to_do(qq: Qq) -> None:
    failed = a_loop_job(
        input_dir=str(qq.cwd),
        state=RecordState.FAILED,
        failure=WhyFailed(41, "home is full"),
        exit_code=91,
        script_exit_code=0,
    )
    path = record(qq.cwd, failed)
    done = qq("info")
    assert done.code == 0
    for words in (
        "1.local",
        "run+0001.sh",
        "failed",
        "home is full [41]",
        "make room, then qq recover 1.local",
        "1 of 1–3",
    ):
        assert words in done.out
    assert str(path) in "".join(line.strip("│ ") for line in done.out.splitlines())


def test_programs_read_a_list_of_objects(qq: Qq) -> None:
    path = record(qq.cwd, a_job(input_dir=str(qq.cwd)))
    (told,) = json.loads(qq("info", "--json").out)
    assert told["job_id"] == "1.local"
    assert told["job_name"] == "run.sh"
    assert told["state"] == "in_an_inconsistent_state"
    assert told["info_file"] == str(path)
    assert told["record"] == yaml.safe_load(path.read_text())
    assert "qq run never began" in told["reason"]


def test_a_running_job(qq: Qq, tmp_path: Path) -> None:
    job_id = submitted(qq, waits_for(tmp_path / "go"))
    until(lambda: qq("info", "-b").out.split() == [job_id, "run.sh", "running"], "the job to run")
    number = job_id.split(".")[0]
    for words in ([number], [job_id], ["-d", str(qq.cwd)], ["-a"], ["-d", f"{tmp_path}/j*"]):
        (told,) = json.loads(qq.at(tmp_path)("info", "--json", *words).out)
        assert told["job_id"] == job_id
        assert told["state"] == "running"
    assert qq.at(tmp_path)("info", "-b", number).out == qq("info", "-b", job_id).out


def test_a_job_that_waits_for_room_says_so(qq: Qq, tmp_path: Path) -> None:
    runs = submitted(qq, waits_for(tmp_path / "go"), "ncpus 2", name="first.sh")
    (tmp_path / "second").mkdir()
    second = qq.at(tmp_path / "second")
    waits = submitted(second, "true", "ncpus 1")
    until(lambda: '"running"' in qq("jobs", "--json").out, "the first to run")
    words = f"waits for 1 cpu, there are none free; running: {runs}"
    assert words in qq("info", waits).out and words in qq("info", "--why", waits).out
    assert words in qq("jobs", "--json").out
    (tmp_path / "go").touch()
    assert second("wait", waits).code == 0
    assert "waits for" not in qq("info", waits).out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"job_id: [1\n", "line"),
        (b"- a\n- b\n", "no mapping"),
        (b"\xff\xfe\n", "UTF-8"),
        (b"job_id: 1\nqueue: {}\n", "is missing"),
        (b"a: &a [*a, *a]\n", "run.qqinfo"),
    ],
)
def test_a_file_that_is_no_record_is_one_line(qq: Qq, content: bytes, words: str) -> None:
    path = qq.cwd / "run.qqinfo"
    path.write_bytes(content)
    for option in ("-b", "--json"):
        done = qq("info", option)
        assert done.code == 91
        assert str(path) in done.error
        assert words in done.error
    assert path.read_bytes() == content


def test_a_huge_file_a_dangling_link_and_a_pipe(qq: Qq) -> None:
    with (qq.cwd / "huge.qqinfo").open("wb") as huge:
        huge.truncate(100 << 20)
    (qq.cwd / "link.qqinfo").symlink_to("nowhere")
    os.mkfifo(qq.cwd / "pipe.qqinfo")
    done = qq("info")
    assert (done.code, done.out.strip()) == (91, "")
    assert [line.split(":")[1].rsplit("/", 1)[1] for line in done.err.splitlines()] == [
        "huge.qqinfo",
        "link.qqinfo",
        "pipe.qqinfo",
    ]


def test_one_bad_record_does_not_hide_the_others(qq: Qq) -> None:
    (qq.cwd / "bad.qqinfo").write_text("")
    record(qq.cwd, a_job(input_dir=str(qq.cwd)))
    done = qq("info", "-b")
    assert done.code == 91
    assert done.out.startswith("1.local  run.sh")
    assert "bad.qqinfo" in done.error


def test_jobs_of_several_directories_are_told_apart_by_these(qq: Qq, tmp_path: Path) -> None:
    for place in (qq.cwd / "rep 1", qq.cwd / "rep2", tmp_path / "elsewhere"):
        place.mkdir()
        record(place, a_job(input_dir=str(place)))
    lines = qq("info", "-b", "-d", "rep 1", "rep2", str(tmp_path / "elsewhere")).out.splitlines()
    assert [line.rpartition("  ")[2] for line in lines] == ["rep 1", "rep2", str(tmp_path / "elsewhere")]
    (line,) = qq("info", "-b", "-d", "rep2").out.splitlines()
    assert not line.endswith("rep2")


def test_jobs_that_are_not_there(qq: Qq, tmp_path: Path) -> None:
    assert "no job in this directory" in qq("info").error
    assert "no such job" in qq("info", "4711").error
    assert "/nope: no such directory" in qq("info", "-d", "/nope").error
    empty = tmp_path / "empty"
    empty.mkdir()
    assert f"{empty}: there is no job" in qq("info", "-d", str(empty)).error
    assert qq("info").code == qq("info", "4711").code == qq("info", "-d", "/nope").code == 91


def test_a_batch_system_that_is_out_of_reach_is_no_absent_job(qq: Qq) -> None:
    record(qq.cwd, a_job(input_dir=str(qq.cwd), batch_system="PBS", state=RecordState.RUNNING))
    done = qq("info", "-b")
    assert done.code == 91
    assert "running? (could not ask)" in done.out
    assert "could not be asked" in done.error
    (told,) = json.loads(qq("info", "--json").out)
    assert (told["state"], told["batch_answered"], told["reason_number"]) == ("running", False, 69)


def test_what_others_named_steers_no_terminal(qq: Qq, tmp_path: Path) -> None:
    name = "a[red]b\x1b[31m\nc.sh"
    record(qq.cwd, a_job(input_dir=str(qq.cwd), job_name=name, script_name=name), "x.qqinfo")
    for words in (["-b"], []):
        done = qq("info", *words)
        assert "\x1b" not in done.out
        assert "a[red]b\\e[31m\\nc.sh" in done.out
    nasty = tmp_path / NASTY_NAME
    record(nasty, a_job(input_dir=str(nasty), job_id=None))
    (told,) = json.loads(qq("info", "--json", "-d", str(nasty)).out)
    assert told["record"]["input_dir"] == str(nasty)
    assert told["next_command"].startswith("qq recover -d '")


def test_names_that_are_no_text(qq: Qq) -> None:
    name = os.fsdecode(b"r\xff.sh")
    record(qq.cwd, a_job(input_dir=str(qq.cwd), job_name=name, script_name=name))
    assert "r\\xff.sh" in qq("info", "-b").out
    (told,) = json.loads(qq("info", "--json").out)
    assert os.fsencode(told["job_name"]) == b"r\xff.sh"


def test_a_finished_cycle_is_found_in_the_archive(qq: Qq, tmp_path: Path) -> None:
    first = submitted(qq, "true", "job-type loop", "loop-end 2")
    assert qq("wait").code == 0
    done = qq.at(tmp_path)("info", "-b", first)
    assert (done.code, done.out.split()) == (0, [first, "run+0001.sh", "finished"])


def looped(directory: Path, current: int, **changes: object) -> JobInfo:
    """A cycle of a loop job in this directory."""
    loop = LoopInfo(start=1, end=50, archive="storage", archive_format="md%03d", current=current)
    return a_loop_job(loop=loop, input_dir=str(directory), job_id=f"{current}.local", **changes)


def test_the_history_of_a_loop_job(qq: Qq) -> None:
    archive = qq.cwd / "storage"
    start = datetime(2026, 1, 2, 3, 4, 5)
    ended = {"start_time": start, "completion_time": start + timedelta(hours=2)}
    record(archive, looped(qq.cwd, 1, state=RecordState.FINISHED, exit_code=0, **ended), "md001.qqinfo")
    (archive / "md001.xtc").write_bytes(b"x" * 3000)
    (archive / "md001.d").mkdir()
    (archive / "md001.d" / "part").write_bytes(b"x" * 5000)
    (archive / "md003.qqinfo").write_text("")
    (archive / "md004.qqinfo").symlink_to("nowhere")
    record(qq.cwd, looped(qq.cwd, 5, state=RecordState.RUNNING, start_time=start))
    one, two, three, four, five = json.loads(qq("info", "--json").out)[0]["history"]
    size = (archive / "md001.qqinfo").stat().st_size
    assert one == {
        "cycle": 1,
        "last_cycle": 1,
        "job_id": "1.local",
        "state": "finished",
        "started": "2026-01-02 03:04:05",
        "seconds": 7200,
        "exit_code": 0,
        "archived_files": 3,
        "archived_bytes": 8000 + size,
        "trouble": None,
    }
    assert (two["cycle"], two["state"], two["trouble"]) == (2, None, "no record in the archive")
    assert "it is empty" in three["trouble"]
    assert "link to nowhere" in four["trouble"]
    assert (five["state"], five["started"], five["seconds"]) == ("running", "2026-01-02 03:04:05", None)
    for width in ("45", "60", "160"):
        done = qq("info", COLUMNS=width)
        assert {len(line) for line in done.out.splitlines()} == {int(width)}
        assert "no record in the archive" in done.out
        assert "2 h" in done.out
        assert ("cycle  started  " in done.out) is (width != "45")


def test_the_panel_shows_the_latest_cycles_only(qq: Qq) -> None:
    archive = qq.cwd / "storage"
    for number in range(1, 30):
        record(archive, looped(qq.cwd, number, state=RecordState.FINISHED, exit_code=0), f"md{number:03}.qqinfo")
    record(qq.cwd, looped(qq.cwd, 30))
    shown = qq("info").out
    assert "cycles 1–20: qq info --json" in shown
    assert [f"│ {number} " in shown for number in (20, 21, 29, 30)] == [False, True, True, True]
    assert len(json.loads(qq("info", "--json").out)[0]["history"]) == 30


def test_an_archive_that_can_not_be_read_is_said(qq: Qq) -> None:
    (qq.cwd / "storage").write_text("no directory")
    record(qq.cwd, looped(qq.cwd, 3))
    done = qq("info", "--json")
    earlier, now = json.loads(done.out)[0]["history"]
    assert (earlier["cycle"], earlier["last_cycle"], now["cycle"]) == (1, 2, 3)
    assert "storage: Not a directory" in earlier["trouble"]


def test_why_shows_each_witness_the_rule_and_what_to_type(qq: Qq) -> None:
    record(qq.cwd, a_job(input_dir=str(qq.cwd), state=RecordState.RUNNING, main_node="node7"))
    done = qq("info", "--why")
    assert done.code == 0
    for words in (
        "info file says running",
        "does not know the job",
        "node7",
        "rule 10",
        "reason 14",
        "qq recover 1.local",
    ):
        assert words in done.out
    assert "cpus" not in done.out
    assert "(rule 10)" in " ".join(qq("info").out.split())
    (told,) = json.loads(qq("info", "--json").out)
    assert told["why"] == {
        "record": "running since 2026-01-02 03:04:05",
        "batch_system": "does not know the job (any more)",
        "node": "node7",
        "rule": "no life of a job leads to what these two say together",
        "rule_number": 10,
    }
    assert told["history"] is None
    assert qq("info", "-b", "--why").code == 2
