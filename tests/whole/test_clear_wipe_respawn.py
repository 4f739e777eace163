"""What `qq clear`, `qq wipe` and `qq respawn` delete and keep: real jobs, whole trees before and after."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from qq.core.effects import List, Location, NoteProof
from qq.core.replacing import replace
from qq.shell.batch.local.client import open_queue
from qq.shell.clear import Task, clear
from qq.shell.perform.listing import list_files
from qq.shell.perform.mark import note_proof
from qq.shell.perform.watch import Watch
from tests.whole.desk import Desk, make_desk, tree, until
from tests.whole.trees import differences, whole_tree

FAILS = "echo made > made.txt; echo said; exit 3"
RUNTIME = {"run.err", "run.out", "run.qqinfo", "run.qqout"}
HOUR = 3600.0


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = make_desk(tmp_path / "a desk")
    yield desk
    queue = open_queue(desk.env)
    live = [job.job_id for job in queue.jobs(user=None, ended=False).unwrap()]
    if live:
        queue.kill(live, force=True)
    until("the end of all jobs", lambda: not queue.jobs(user=None, ended=False).unwrap())
    queue.close()


def submitted(desk: Desk, directory: Path, *options: str) -> str:
    """Submits the directory's script; gives the job's id."""
    return desk.qq("submit", "--batch-system", "local", *options, directory / "run.sh").split()[0]


def failed_job(desk: Desk, name: str = "job", directives: str = "") -> tuple[Path, str]:
    """A directory with a job that has failed, and its id."""
    directory = desk.job(name, FAILS, directives)
    job_id = submitted(desk, directory)
    desk.qq("wait", job_id, codes=(91,))
    return directory, job_id


def work_dir(desk: Desk, directory: Path) -> Path:
    return Path(str(record(desk, directory)["work_dir"]))


def record(_desk: Desk, directory: Path) -> dict[str, Any]:
    (info,) = directory.glob("*.qqinfo")
    read = yaml.load(info.read_text(), yaml.BaseLoader)  # noqa: S506  (texts only)
    assert isinstance(read, dict)
    return read


def edit(directory: Path, old: str, new: str) -> None:
    (info,) = directory.glob("*.qqinfo")
    assert old in info.read_text()
    info.write_text(info.read_text().replace(old, new))


def says(info: Path, line: str) -> bool:
    """Whether there is such a line in an info file; False while there is none."""
    return info.exists() and f"\n{line}\n" in info.read_text()


def forget(directory: Path, *keys: str) -> None:
    """Takes keys out of the record, with all below them."""
    (info,) = directory.glob("*.qqinfo")
    kept, going = [], False
    for line in info.read_text().splitlines(keepends=True):
        going = line.startswith(keys) or (going and line[0] in " -")
        kept += [] if going else [line]
    info.write_text("".join(kept))


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def refused(desk: Desk, directory: Path, *words: object, code: int = 91, says: tuple[str, ...]) -> None:
    """A command that changes nothing, neither at home nor on scratch, and says why."""
    before, on_scratch = whole_tree(directory), whole_tree(desk.scratch)
    done = desk.run(*words)
    assert done.returncode == code, done
    assert all(word in done.stderr for word in says), done.stderr
    assert not differences(before, whole_tree(directory))
    assert not differences(on_scratch, whole_tree(desk.scratch))


# --- clear ------------------------------------------------------------------------------------------------------------


def test_a_failed_jobs_runtime_files_go_and_nothing_else(desk: Desk) -> None:
    directory, _ = failed_job(desk)
    for foreign in ("foreign.out", "run.out.txt", "other.qqout", "run2.err"):
        (directory / foreign).write_text("mine")
    (directory / "results").mkdir()
    (directory / "results" / "run.out").write_text("mine")
    before, on_scratch, place = whole_tree(directory), whole_tree(desk.scratch), work_dir(desk, directory)
    done = desk.run("clear", "-d", directory)
    assert done.returncode == 0
    assert f"{place} still stands" in done.stderr
    gone = differences(before, whole_tree(directory))
    assert {os.fsdecode(path) for path in gone} == RUNTIME
    assert not differences(on_scratch, whole_tree(desk.scratch))


def test_runtime_files_of_no_job_go_if_a_script_of_the_directory_has_their_name(desk: Desk) -> None:
    directory = desk.job("job", "true")
    (directory / "data.csv").write_text("1,2\n")
    for name in ("run.out", "run.qqout", "run+0003.err", ".run.sh.qqmark", "data.out", "program.out"):
        (directory / name).write_text("")
    desk.qq("clear", "-d", directory)
    assert names(directory) == {"run.sh", "data.csv", "data.out", "program.out"}
    refused(desk, directory, "clear", "-d", directory, says=("nothing to clear",))


def test_finished_and_queued_jobs_keep_their_files_without_force(desk: Desk) -> None:
    directory = desk.job("job", "true")
    desk.qq("wait", submitted(desk, directory))
    refused(desk, directory, "clear", "-d", directory, says=("is finished",))
    desk.qq("clear", "--force", "-d", directory)
    assert names(directory) == {"run.sh"}


def test_a_running_job_is_touched_by_none_of_them_not_even_by_force(desk: Desk) -> None:
    go = desk.top / "go"
    directory = desk.job("job", f"until [ -e '{go}' ]; do sleep 0.02; done")
    job_id = submitted(desk, directory)
    until("the start", lambda: desk.state(directory) == "running")
    for command in ("clear", "wipe", "respawn"):
        for options in ((), ("--force",)):
            yes = () if command == "clear" else ("-y",)
            refused(desk, directory, command, *options, *yes, job_id, says=("running",))
    go.touch()
    desk.qq("wait", job_id)


def test_an_info_file_that_is_none_stays_unless_forced(desk: Desk) -> None:
    directory = desk.job("job", "true")
    (directory / "run.qqinfo").write_text("- a list\n")
    (directory / "run.out").write_text("")
    refused(desk, directory, "clear", "-d", directory, says=("run.qqinfo", "--force"))
    desk.qq("clear", "--force", "-d", directory)
    assert names(directory) == {"run.sh"}


def test_a_link_goes_and_what_it_leads_to_stays(desk: Desk) -> None:
    directory, _ = failed_job(desk)
    elsewhere = desk.top / "elsewhere.out"
    (directory / "run.out").rename(elsewhere)
    (directory / "run.out").symlink_to(elsewhere)
    desk.qq("clear", "-d", directory)
    assert names(directory) == {"run.sh"}
    assert elsewhere.read_text() == "said\n"


def test_what_qq_itself_left_behind_goes_once_nobody_needs_it(desk: Desk) -> None:
    directory, job_id = failed_job(desk)
    token = record(desk, directory)["token"]
    left = {".qq-lock-0123456789abcdef", f".qq-{token}-sync", f".qq-{'0' * 32}-old"}
    (directory / ".qq-lock-0123456789abcdef").write_text("long ago")
    (directory / f".qq-{token}-sync" / "below").mkdir(parents=True)
    (directory / f".qq-{'0' * 32}-old").mkdir()
    (directory / ".qq-notes").write_text("mine")
    desk.qq("clear", job_id)
    assert names(directory) == {"run.sh", ".qq-notes", *left}
    refused(desk, directory, "clear", "-d", directory, says=("nothing to clear",))  # all of it was touched just now
    (outcome,) = clear([Task(str(directory))], desk.env, idle=0.0)
    assert set(outcome.removed) == left
    assert names(directory) == {"run.sh", ".qq-notes"}


def test_each_directory_fails_alone(desk: Desk) -> None:
    good, _ = failed_job(desk, "good")
    bad = desk.job("bad", "true")
    (bad / "run.qqinfo").write_text("")
    desk.qq("clear", "-d", bad, good, desk.top / "none", codes=(91,))
    assert names(good) == {"run.sh"}
    assert names(bad) == {"run.sh", "run.qqinfo"}


# --- wipe -------------------------------------------------------------------------------------------------------------


def test_a_failed_jobs_working_directory_goes_with_its_mark_and_nothing_at_home(desk: Desk) -> None:
    directory, job_id = failed_job(desk)
    place, before = work_dir(desk, directory), whole_tree(directory)
    refused(desk, directory, "wipe", job_id, says=("no terminal", "-y"))
    said = desk.qq("wipe", "-y", job_id)
    assert str(place) in said and "made.txt" in said
    assert names(place.parent) == set()
    assert not differences(before, whole_tree(directory))
    refused(desk, directory, "wipe", "-y", job_id, says=("gone already",))


def test_a_link_in_the_place_of_a_working_directory_is_not_followed(desk: Desk) -> None:
    directory, job_id = failed_job(desk)
    place, elsewhere = work_dir(desk, directory), desk.top / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    before = whole_tree(elsewhere)
    refused(desk, directory, "wipe", "-y", "--force", job_id, says=("is a link",))
    assert before and not differences(before, whole_tree(elsewhere))


def test_only_a_directory_with_the_jobs_own_mark_is_wiped(desk: Desk) -> None:
    directory, job_id = failed_job(desk)
    other, _ = failed_job(desk, "other")
    place, foreign = work_dir(desk, directory), work_dir(desk, other)
    edit(directory, str(place), str(foreign))
    refused(desk, other, "wipe", "-y", "--force", job_id, says=("mark of another job",))
    precious = desk.top / "precious"
    precious.mkdir()
    (precious / "thesis").write_text("years")
    edit(directory, str(foreign), str(precious))
    refused(desk, precious, "wipe", "-y", "--force", job_id, says=("does not carry the mark",))


def test_home_and_input_directory_stay_whatever_marks_stand_beside_them(desk: Desk) -> None:
    directory, job_id = failed_job(desk)
    place = work_dir(desk, directory)
    mark = Path(f"{place}.qqmark").read_bytes()
    for target in (desk.home, desk.top):
        Path(f"{target}.qqmark").write_bytes(mark)
        edit(directory, f"work_dir: {work_dir(desk, directory)}", f"work_dir: {target}")
        before = whole_tree(desk.top)
        done = desk.run("wipe", "-y", "--force", job_id)
        assert done.returncode == 91 and "nothing was removed" in done.stderr, done
        assert not differences(before, whole_tree(desk.top))


def test_without_a_mark_only_an_older_wrappers_directory_goes_and_only_where_its_site_puts_it(desk: Desk) -> None:
    directory, job_id = failed_job(desk)
    place = work_dir(desk, directory)
    for mark in place.parent.glob("*.qqmark*"):
        mark.unlink()
    refused(desk, directory, "wipe", "-y", "--force", job_id, says=("does not carry the mark",))
    forget(directory, "# ", "token", "site", "settings")
    elsewhere = place.rename(place.with_name("elsewhere"))
    edit(directory, str(place), str(elsewhere))
    refused(desk, directory, "wipe", "-y", "-d", directory, says=("does not carry the mark",))
    elsewhere.rename(place)
    edit(directory, str(elsewhere), str(place))
    desk.qq("wipe", "-y", "-d", directory)
    assert not place.exists()


def test_a_job_that_works_in_its_input_directory_has_nothing_to_wipe(desk: Desk) -> None:
    directory, job_id = failed_job(desk, directives="# qq work-dir input_dir")
    refused(desk, directory, "wipe", "-y", "--force", job_id, says=("input directory",))


def test_what_a_finished_job_keeps_on_purpose_goes_only_by_force(desk: Desk) -> None:
    directory = desk.job("job", "echo made > made.txt", "# qq transfer-mode never")
    job_id = submitted(desk, directory)
    desk.qq("wait", job_id)
    assert "all but the output (transfer mode never): qq sync" in desk.qq("info", job_id)
    refused(desk, directory, "wipe", "-y", job_id, says=("was not wiped: ", "qq sync", "--force"))
    assert len(desk.run("wipe", "-y", job_id).stderr.splitlines()) == 1
    desk.qq("wipe", "-y", "--force", job_id)
    assert tree(desk.scratch, but=(".db",)) == {}
    refused(desk, directory, "wipe", "-y", job_id, says=("is gone already",))


def test_what_could_not_stand_at_home_is_told_and_goes_only_by_force(desk: Desk) -> None:
    directory = desk.job("job", "echo a > .qq-foo; echo b > run.qqinfo; echo c > good; mkdir d; echo d > d/run.qqinfo")
    job_id = submitted(desk, directory)
    assert "can't stand at home" in desk.qq("wait", job_id)
    place = work_dir(desk, directory)
    assert names(directory) == RUNTIME | {"run.sh", "good", "d"}
    assert (directory / "d/run.qqinfo").read_text() == "d\n"
    told = desk.info(directory)
    assert (told["state"], told["next_command"]) == ("finished", f"qq go {job_id}")
    panel = desk.qq("info", job_id)
    assert ".qq-foo can't stand at home" in panel and "at home since" not in panel
    refused(desk, directory, "wipe", "-y", job_id, says=(f"was not wiped: {place} stays", f"qq go {job_id}", "--force"))
    assert (place / ".qq-foo").read_text() == "a\n" and (place / "run.qqinfo").read_text() == "b\n"
    desk.qq("wipe", "-y", "--force", job_id)
    assert not place.exists()


def test_what_earlier_cycles_could_not_bring_home_is_found_by_their_directory(desk: Desk) -> None:
    made = 'echo mine > .qq-foo; echo x > $(printf "$QQ_ARCHIVE_FORMAT" $((QQ_LOOP_CURRENT + 1))).dat'
    directory = desk.job("job", made, "# qq job-type loop\n# qq loop-end 2")
    submitted(desk, directory)
    desk.qq("wait", "-d", directory)
    where = {path.name for path in work_dir(desk, directory).parent.iterdir() if path.is_dir()}
    assert where == {"job_1.local", "job_2.local"}
    refused(desk, directory, "wipe", "-y", "-d", directory, says=("job_1.local stays", "job_2.local stays", "--force"))
    desk.qq("wipe", "-y", "--force", "-d", directory)
    assert tree(desk.scratch, but=(".db",)) == {}


def test_a_delivered_directory_goes_as_far_as_it_is_proved_to_be_at_home(desk: Desk) -> None:
    directory = desk.job("job", "echo made > made.txt", "# qq transfer-mode never")
    job_id = submitted(desk, directory)
    desk.qq("wait", job_id)
    place, mark = work_dir(desk, directory), Location(f"{work_dir(desk, directory)}.qqmark")
    edit(directory, "job_state: finished", "job_state: finished\ndelivered: 2026-01-02 03:04:05")
    refused(desk, directory, "wipe", "-y", job_id, says=("nothing proves that what is in it is at home", "--force"))
    proof = list_files(List(Location(str(place))), Watch()).unwrap().listing
    assert proof is not None
    note_proof(NoteProof(mark, proof), Watch()).unwrap()
    (place / "late.txt").write_text("late")
    refused(desk, directory, "wipe", "-y", job_id, says=("late.txt (not at home as it stands there; --force",))
    (place / "late.txt").unlink()
    desk.qq("wipe", "-y", job_id)
    assert names(place.parent) == set()


def test_a_directory_that_its_owner_made_read_only_goes_too(desk: Desk) -> None:
    directory, job_id = failed_job(desk)
    place = work_dir(desk, directory)
    (place / "made.txt").chmod(stat.S_IRUSR)
    place.chmod(stat.S_IRUSR | stat.S_IXUSR)
    desk.qq("wipe", "-y", job_id)
    assert not place.exists()


# --- respawn ----------------------------------------------------------------------------------------------------------


def test_a_failed_job_is_submitted_again_and_its_remains_go(desk: Desk) -> None:
    directory, old = failed_job(desk, directives="# qq ncpus 1\n# qq walltime 5m")
    before, place = record(desk, directory), work_dir(desk, directory)
    (directory / "foreign.out").write_text("mine")
    (directory / "run.sh").write_text("#!/usr/bin/env -S qq run\necho better > made.txt\n")
    refused(desk, directory, "respawn", old, says=("no terminal", "-y"))
    said = desk.qq("respawn", "-y", old)
    new = said.split()[-1]
    assert new != old
    desk.qq("wait", new)
    after = record(desk, directory)
    assert after["token"] != before["token"]
    assert after["resources"] == before["resources"]
    assert "earlier_work_dirs" not in after
    assert not place.exists() and not Path(f"{place}.qqmark").exists()
    assert names(directory) == {"run.sh", "foreign.out", "made.txt", *RUNTIME}
    assert (directory / "made.txt").read_text() == "better\n"


def test_a_refusal_puts_everything_back(desk: Desk) -> None:
    directory, old = failed_job(desk, directives="# qq ncpus 1")
    edit(directory, "ncpus: 1\n", "ncpus: 100000\n")
    refused(desk, directory, "respawn", "-y", old, says=("was not submitted again", "everything is as it was"))
    edit(directory, "ncpus: 100000\n", "ncpus: 1\n")
    desk.qq("respawn", "-y", old)


def test_a_refused_job_that_works_at_home_gets_its_mark_back(desk: Desk) -> None:
    directory, old = failed_job(desk, directives="# qq ncpus 1\n# qq work-dir input_dir")
    (directory / ".run.sh.qqmark").write_text("{}")
    edit(directory, "ncpus: 1\n", "ncpus: 100000\n")
    refused(desk, directory, "respawn", "-y", old, says=("everything is as it was",))
    edit(directory, "ncpus: 100000\n", "ncpus: 1\n")
    desk.qq("respawn", "-y", old)
    desk.qq("wait", "-d", directory, codes=(91,))
    assert names(directory) == {"run.sh", "made.txt", *RUNTIME}


def test_what_a_killed_respawn_set_aside_comes_along(desk: Desk) -> None:
    directory, old = failed_job(desk, directives="# qq ncpus 1")
    before = tree(directory)
    aside = directory / f".qq-{record(desk, directory)['token']}-old"
    aside.mkdir()
    (directory / "run.out").rename(aside / "run.out")
    shutil.copy2(directory / "run.qqinfo", aside)
    edit(directory, "ncpus: 1\n", "ncpus: 100000\n")
    desk.qq("respawn", "-y", old, codes=(91,))
    edit(directory, "ncpus: 100000\n", "ncpus: 1\n")
    assert tree(directory) == before
    desk.qq("respawn", "-y", old)
    desk.qq("wait", "-d", directory, codes=(91,))
    assert names(directory) == {"run.sh", *RUNTIME}


def test_without_an_answer_the_new_record_stays_and_the_old_files_stay_aside(desk: Desk) -> None:
    directory, old = failed_job(desk)
    before, token, place = tree(directory), record(desk, directory)["token"], work_dir(desk, directory)
    (database,) = desk.home.rglob("*.db")
    with closing(sqlite3.connect(database, isolation_level=None)) as queue:
        queue.execute("BEGIN IMMEDIATE")  # who looks is answered, who writes is not
        done = desk.run("respawn", "-y", old)
        queue.execute("ROLLBACK")
    assert done.returncode == 91
    assert "may have been submitted all the same" in done.stderr
    assert names(directory) == {"run.sh", "run.qqinfo", f".qq-{token}-old"}
    assert tree(directory / f".qq-{token}-old") == {name: before[name] for name in RUNTIME}
    new = record(desk, directory)
    assert new["token"] != token and "job_id" not in new
    assert [one["path"] for one in new["earlier_work_dirs"]] == [str(place)]
    refused(desk, directory, "wipe", "-y", "-d", directory, says=("inconsistent", "--force"))
    desk.qq("wipe", "-y", "--force", "-d", directory)
    assert names(place.parent) == set()
    assert "earlier_work_dirs" not in record(desk, directory)


def test_a_loop_job_goes_on_at_its_cycle(desk: Desk) -> None:
    script = 'touch "job000$QQ_LOOP_CURRENT.x"; [ "$QQ_LOOP_CURRENT" != 2 ] || [ -e "$QQ_INPUT_DIR/mended" ]'
    directory = desk.job("job", script, "# qq job-type loop\n# qq loop-end 3")
    submitted(desk, directory)
    until("the second cycle's failure", lambda: says(directory / "run+0002.qqinfo", "job_state: failed"))
    desk.qq("wait", "-d", directory, codes=(91,))
    refused(desk, directory / "storage", "clear", "-d", directory / "storage", says=("is finished",))
    (directory / "mended").touch()
    assert "cycle 2 of 3" in desk.qq("respawn", "-y", "-d", directory)
    until("the last cycle", lambda: says(directory / "run+0003.qqinfo", "job_state: finished"))
    desk.qq("wait", "-d", directory)
    archived = names(directory / "storage")
    assert {"job0001.x", "job0002.x", "job0003.x", "job0001.qqinfo", "job0002.qqinfo"} <= archived
    assert not [name for name in names(directory) if name.startswith(".")]


def test_a_killed_job_is_submitted_again_without_forgotten_dependencies(desk: Desk) -> None:
    first = desk.job("first", "true")
    known = submitted(desk, first)
    desk.qq("wait", known)
    go = desk.top / "go"
    directory = desk.job("job", f"until [ -e '{go}' ]; do sleep 0.02; done")
    old = submitted(desk, directory, "--depend", f"afterok={known}")
    until("the start", lambda: desk.state(directory) == "running")
    desk.qq("kill", "-y", old)
    desk.qq("wait", old, codes=(91,))
    edit(directory, f"afterok={known}", f"afterok={known}:4711.local")
    go.touch()
    said = desk.qq("respawn", "-y", old)
    assert f"afterok {known}" in said and "4711.local, which is forgotten" in said
    desk.qq("wait", "-d", directory)
    assert record(desk, directory)["depend"] == [f"afterok={known}"]


def test_a_job_whose_dependency_can_not_be_met_is_not_submitted_in_vain(desk: Desk) -> None:
    _, dead = failed_job(desk, "first")
    directory = desk.job("job", "true")
    old = submitted(desk, directory, "--depend", f"afterok={dead}")
    until("its end", lambda: "inconsistent" in desk.state(directory))
    step = "qq clear, then qq submit (with a dependency that can be met)"
    refused(desk, directory, "respawn", "-y", old, says=("never started: a job it depends on", f"next: {step}\n"))
    ended = f"depends on {dead} (afterok), which has ended otherwise"
    refused(desk, directory, "respawn", "-y", "--force", old, says=(ended, step))
    refused(desk, directory, "recover", "-y", old, says=("never started", step))


def test_nothing_is_submitted_again_while_a_limit_of_the_queue_is_no_number(desk: Desk) -> None:
    directory, old = failed_job(desk)
    with_nonsense = replace(desk, env={**desk.env, "QQ_LOCAL_NCPUS": "abc"})
    words = "was not submitted again: QQ_LOCAL_NCPUS: 'abc' is no whole number; correct the variable, or unset it"
    refused(with_nonsense, directory, "respawn", "-y", old, says=(words, "everything is as it was"))


def test_finished_jobs_and_those_with_results_on_the_way_are_not_submitted_again(desk: Desk) -> None:
    directory, old = failed_job(desk)
    edit(directory, "job_exit_code: 3", "job_exit_code: 91\nfailure_of_old: 1")
    text = (directory / "run.qqinfo").read_text()
    start = text.index("failure:")
    text = text[:start] + "failure:\n  number: 41\n  words: no space\n" + text[text.index("token:") :]
    (directory / "run.qqinfo").write_text(text.replace("- success", "- always"))
    for command in (("clear",), ("wipe", "-y"), ("respawn", "-y")):
        refused(desk, directory, *command, old, says=("qq recover", "--force"))
    desk.qq("wipe", "-y", "--force", old)
    assert names(work_dir(desk, directory).parent) == set()


def test_a_directory_with_another_job_or_without_its_script_is_refused(desk: Desk) -> None:
    directory, old = failed_job(desk)
    script = (directory / "run.sh").read_text()
    (directory / "run.sh").unlink()
    refused(desk, directory, "respawn", "-y", old, says=("run.sh", "no such file"))
    (directory / "run.sh").write_text("echo no shebang\n")
    refused(desk, directory, "respawn", "-y", old, says=("run.sh", "shebang"))
    (directory / "run.sh").write_text(script)
    (directory / "other.qqinfo").write_text("broken")
    refused(desk, directory, "respawn", "-y", old, says=("other.qqinfo", "in the way"))


def test_many_jobs_at_once_each_fails_alone(desk: Desk) -> None:
    bad, _ = failed_job(desk, "bad", "# qq ncpus 1")
    good = [failed_job(desk, f"good{number}")[0] for number in range(3)]
    edit(bad, "ncpus: 1\n", "ncpus: 100000\n")
    before = whole_tree(bad)
    said = desk.qq("respawn", "-y", "-d", bad, *good, codes=(91,))
    assert said.count("submitted again as") == 3
    assert not differences(before, whole_tree(bad))


@pytest.mark.parametrize("command", ["clear", "wipe", "respawn"])
def test_all_my_jobs_makes_no_sense(desk: Desk, command: str) -> None:
    done = desk.run(command, "-a")
    assert done.returncode == 2
    assert "-a makes no sense" in done.stderr
