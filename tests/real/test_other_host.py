"""Effects whose locations name another host, against a real sshd and a real rsync."""

import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pyrsistent import pmap, pvector

from qq.core import effects as e
from qq.core.effects import Copy, Effect, Include, List, Location, VerifyCopy
from qq.core.listing import Entry, Listing
from qq.core.moments import Listed, Ok, Placed, RecordFound, Verified, Written
from qq.core.records.job import JobInfo
from qq.core.records.site import Settings, Site
from qq.core.records.values import Resources
from qq.core.replacing import replace
from qq.core.script_environment import job_environment
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.connecting import drop, link_to
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.others import close
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.signals import listening
from tests.conftest import NASTY_NAME
from tests.real.sshd import ALIAS, NAME, OtherHost, eventually, other_host
from tests.shell.perform.trees import a_place, granted, listed, picture, refused, whole_tree

pytestmark = pytest.mark.real

MiB = 1 << 20
BIG = 300 * MiB
WATCH = Watch()


@pytest.fixture
def hands() -> Iterator[Hands]:
    with listening() as signals:
        made = Hands(signals=signals)
        made.others.settings = Settings(ssh_timeout=15, rsync_silence=60)
        yield made
        close(made.others)


def done(hands: Hands, effect: Effect, watch: Watch = WATCH) -> Any:
    """What an effect answers; a trouble fails the test."""
    return granted(perform(hands, effect, watch))


def trouble(hands: Hands, effect: Effect, watch: Watch = WATCH) -> Trouble:
    """Why an effect fails; in one line."""
    found = refused(perform(hands, effect, watch))
    assert "\n" not in found.words
    return found


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def far(other: OtherHost, name: str) -> Location:
    """A place on the other host."""
    return Location(str(other.path / name), NAME)


def near(other: OtherHost, name: str) -> Location:
    """A place under the same path on this one."""
    return Location(str(other.path / name))


def brought(hands: Hands, src: Location, dst: Location, entries: Listing) -> Verified:
    """Copied and verified."""
    assert done(hands, Copy(src, dst, entries)) == Ok()
    verified = done(hands, VerifyCopy(src, dst, entries))
    assert isinstance(verified, Verified)
    return verified


# --- looking and copying ----------------------------------------------------------------------------------------------


def test_what_stands_on_the_other_host_is_listed_there(other: OtherHost, hands: Hands) -> None:
    whole_tree(other.there("tree"))
    (other.path / "tree").mkdir()
    assert done(hands, List(far(other, "tree"))).listing == listed(other.there("tree"))
    assert done(hands, List(near(other, "tree"))).listing == Listing()
    assert done(hands, List(far(other, "nothing"))) == Listed(None)


def test_staging_brings_everything_that_has_a_name(other: OtherHost, hands: Hands) -> None:
    tree, target = whole_tree(other.there("tree")), other.path / NASTY_NAME
    target.mkdir(mode=0o700)
    entries = done(hands, List(far(other, "tree"))).listing
    done(hands, Copy(far(other, "tree"), near(other, NASTY_NAME), entries, vanished_ok=True))
    assert picture(target) == picture(tree)
    assert stat.S_IMODE(target.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", [NASTY_NAME, "[a]*", "a*\\b?", "-e", "~", "$(id);#"])
def test_bringing_home_from_and_to_directories_with_awkward_names(other: OtherHost, hands: Hands, name: str) -> None:
    """With unescaped patterns rsync would take another directory: they all are there."""
    for decoy in ("a", "ab", "aX", "aXbY", "a*b?"):
        for disk in (other.disk, other.path):
            (disk / decoy).mkdir()
            (disk / decoy / "decoy").write_text(decoy)
    tree = whole_tree(other.path / name)
    entries = listed(tree)
    proof = brought(hands, near(other, name), far(other, name), entries)
    assert proof.proof == entries
    assert picture(other.there(name)) == picture(tree)
    back = other.path / "back"
    brought(hands, far(other, name), Location(str(back)), listed(other.there(name)))
    assert picture(back) == picture(tree)


def test_a_directory_entry_brings_nothing_along(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.path / "tree")
    chosen = listed(tree).where(lambda entry: entry.path in (b"dir", b"dir/below/file"))
    brought(hands, near(other, "tree"), far(other, "copy"), chosen)
    found = sorted(str(path.relative_to(other.there("copy"))) for path in other.there("copy").rglob("*"))
    assert found == ["dir", "dir/below", "dir/below/file"]
    assert other.there("copy/dir/below").stat().st_mtime_ns == (tree / "dir" / "below").stat().st_mtime_ns


def test_files_of_equal_size_and_time_are_copied_all_the_same(other: OtherHost, hands: Hands) -> None:
    for disk, text in ((other.path, "new"), (other.disk, "old")):
        (disk / "tree").mkdir()
        (disk / "tree" / "file").write_text(text)
        os.utime(disk / "tree" / "file", ns=(1, 1_600_000_000_000_000_000))
    brought(hands, near(other, "tree"), far(other, "tree"), listed(other.path / "tree"))
    assert other.there("tree/file").read_text() == "new"


def test_a_target_keeps_its_own_mode(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.path / "tree")
    tree.chmod(0o555)
    other.there("copy").mkdir()
    other.there("copy").chmod(0o2775)
    brought(hands, near(other, "tree"), far(other, "copy"), listed(tree))
    assert stat.S_IMODE(other.there("copy").stat().st_mode) == 0o2775


def test_a_temporary_directory_is_private_and_nothing_of_ours_stays_in_it(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.path / "tree")
    brought(hands, near(other, "tree"), far(other, ".qq-token"), listed(tree))
    assert stat.S_IMODE(other.there(".qq-token").stat().st_mode) == 0o700
    assert picture(other.there(".qq-token")) == picture(tree)
    assert not list(other.disk.rglob(".qq-rsync"))


def test_home_that_is_gone_is_not_made_again(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.path / "tree")
    found = trouble(hands, Copy(near(other, "tree"), far(other, "home/.qq-token"), listed(tree)))
    assert found.reason is Reason.NO_SUCH_FILE
    assert not other.there("home").exists()


def test_a_file_that_vanished_is_no_failure_while_staging_and_named_else(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.there("tree"))
    gone = Entry(b"gone\n", b"f", 1, 1, 1, 1)
    entries = Listing.of([*listed(tree), gone])
    done(hands, Copy(far(other, "tree"), near(other, "copy"), entries, vanished_ok=True))
    assert picture(other.path / "copy") == picture(tree)
    found = trouble(hands, Copy(far(other, "tree"), near(other, "again"), entries))
    assert found.reason is Reason.NO_SUCH_FILE
    assert "gone" in found.words


def test_a_full_disk_there_is_no_space_and_nothing_half_has_a_name(other: OtherHost, hands: Hands) -> None:
    (other.path / "tree").mkdir()
    (other.path / "tree" / "big").write_bytes(os.urandom(8 * MiB))
    done(hands, e.MakeDir(far(other, "small")))
    agent = other.named("act")[-1]
    subprocess.run(
        ["nsenter", "-m", "-t", str(agent), "mount", "-t", "tmpfs", "-o", "size=4m", "t", str(other.path / "small")],
        check=True,
    )
    found = trouble(hands, Copy(near(other, "tree"), far(other, "small/copy"), listed(other.path / "tree")))
    assert found.reason is Reason.NO_SPACE
    assert done(hands, List(far(other, "small/copy"))).listing == Listing()


# --- verifying --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["content", "missing", "source"])
def test_what_did_not_arrive_as_it_was_is_named(other: OtherHost, hands: Hands, change: str) -> None:
    tree = whole_tree(other.path / "tree")
    entries = listed(tree)
    done(hands, Copy(near(other, "tree"), far(other, "copy"), entries))
    if change == "content":
        other.there("copy/script").write_text("something else")
    elif change == "missing":
        other.there("copy/script").unlink()
    else:
        (tree / "script").write_text("something else")
    found = trouble(hands, VerifyCopy(near(other, "tree"), far(other, "copy"), entries))
    assert found.reason is Reason.NOT_VERIFIED
    assert "script" in found.words and found.transient


def test_a_name_that_was_removed_meanwhile_makes_contents_count(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.path / "tree")
    entries = listed(tree).where(lambda entry: entry.path != b"dir/second name")
    done(hands, Copy(near(other, "tree"), far(other, "copy"), entries))
    (tree / "dir" / "second name").unlink()  # the ctime of "big" moves
    os.utime(tree / "dir", ns=(1, next(entry.mtime for entry in entries if entry.path == b"dir")))
    proof = done(hands, VerifyCopy(near(other, "tree"), far(other, "copy"), entries)).proof
    assert next(entry for entry in proof if entry.path == b"big").ctime == (tree / "big").stat().st_ctime_ns
    times = (tree / "big").stat()
    (tree / "big").write_bytes(os.urandom(times.st_size))
    os.utime(tree / "big", ns=(times.st_atime_ns, times.st_mtime_ns))
    found = trouble(hands, VerifyCopy(near(other, "tree"), far(other, "copy"), entries))
    assert found.reason is Reason.NOT_VERIFIED


# --- including --------------------------------------------------------------------------------------------------------


def test_included_paths_come_from_the_other_host(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.there("tree"))
    (tree / "dir" / "below").chmod(0o750)
    other.there("current").symlink_to("tree/dir/below")
    other.there("data").symlink_to("tree/big")
    names = ("tree", "current", "data", "tree/*?[a]\\", "tree/-rf")
    (other.path / "work").mkdir()
    done(hands, Include(NAME, pvector(str(other.path / name) for name in names), near(other, "work")))
    work = other.path / "work"
    assert names_in(work) == sorted(["tree", "current", "data", "*?[a]\\", "-rf"])
    assert picture(work / "tree") == picture(tree)
    assert picture(work / "current") == picture(tree / "dir" / "below")
    assert stat.S_IMODE((work / "current").stat().st_mode) == 0o750
    assert not (work / "data").is_symlink()
    assert (work / "data").read_bytes() == (tree / "big").read_bytes()


@pytest.mark.parametrize("name", ["missing", "dangling", "no/such/directory"])
def test_a_missing_included_path_is_named(other: OtherHost, hands: Hands, name: str) -> None:
    other.there("dangling").symlink_to("nowhere")
    (other.path / "work").mkdir()
    found = trouble(hands, Include(NAME, pvector([str(other.path / name)]), near(other, "work")))
    assert found.reason is Reason.INCLUDED_MISSING
    assert f"{NAME}:{other.path / name}" in found.words
    assert names_in(other.path / "work") == []


# --- records and placing there ----------------------------------------------------------------------------------------


def a_job(other: OtherHost, **changes: Any) -> JobInfo:
    template = pvector([str(other.path / "scratch" / "job_{job_id}")])
    job = JobInfo(
        batch_system="Slurm",
        qq_version="0",
        username="root",
        job_id="17",
        job_name="run.sh",
        script_name="run.sh",
        queue="default",
        job_type=JobType.STANDARD,
        input_machine=NAME,
        input_dir=str(other.path / "home"),
        state=RecordState.QUEUED,
        submission_time=datetime(2026, 1, 2, 3, 4, 5),
        stdout_file="run.out",
        stderr_file="run.err",
        resources=Resources(work_dir="scratch_local", nnodes=1),
        token="t0k3n",
        umask=0o027,
        site=Site(name="s", engine="Slurm", batch_system="Slurm", scratch=pmap({"scratch_local": template})),
        settings=Settings(retry_tries=2, retry_wait=0.01, ssh_timeout=15),
    )
    return replace(job, **changes)


def test_records_are_created_read_and_written_there_and_refusals_come_back(other: OtherHost, hands: Hands) -> None:
    job, at = a_job(other), far(other, "home/run.qqinfo")
    other.there("home").mkdir()
    written = done(hands, e.CreateRecord(at, job))
    assert isinstance(written, Written)
    assert read_record(str(other.there("home/run.qqinfo"))).unwrap() == (job, written.version)
    running = replace(job, state=RecordState.RUNNING)
    assert isinstance(done(hands, e.WriteRecord(at, running, written.version)), Written)
    refusal = done(hands, e.WriteRecord(at, replace(job, attempt=2), written.version, hurried=True))
    assert isinstance(refusal, Refusal)
    assert refusal.job == running
    found = done(hands, e.ReadRecord(pvector([far(other, "home/none.qqinfo"), at])))
    assert isinstance(found, RecordFound)
    assert (found.job, found.place) == (running, 1)
    other.there("home/run.qqinfo").unlink()
    assert done(hands, e.WriteRecord(at, job, written.version)) == Refusal(None, None)


def test_what_was_copied_is_placed_there_and_the_users_version_is_kept(other: OtherHost, hands: Hands) -> None:
    other.there("home").mkdir()
    done(hands, e.CreateRecord(far(other, "home/job.qqinfo"), a_job(other, token="0123456789abcdef")))
    other.there("home/script").write_text("the user's")
    tree = whole_tree(other.path / "tree")
    entries = listed(tree)
    staging, home = far(other, "home/.qq-0123456789abcdef"), far(other, "home")
    brought(hands, near(other, "tree"), staging, entries)
    local = a_place(Path(staging.path), Path(home.path), entries)
    guard = replace(local.guard, record=Location(local.guard.record.path, NAME))
    placed = done(hands, replace(local, staging=staging, dst=home, guard=guard))
    assert placed == Placed(((b"script", b"script.before-run-7.local"),))
    assert other.there("home/script.before-run-7.local").read_text() == "the user's"
    found = picture(other.there("home"))
    assert {path: found[path] for path in picture(tree)} == picture(tree)


def test_a_script_is_never_started_on_another_host(other: OtherHost) -> None:
    line = b'{"RunScript":{"argv":["touch"],"work_dir":"/","stdout":"o","stderr":"e","env":{"map":[]}}}\n'
    act = "from qq.shell.act import main; raise SystemExit(main([]))"
    argv = [*other.ssh.split(" "), NAME, shlex.join([sys.executable, "-c", act])]
    said = subprocess.run(argv, input=line, capture_output=True, timeout=30, check=True).stdout
    assert b"is not for other hosts" in said


# --- connections ------------------------------------------------------------------------------------------------------


def logins(other: OtherHost) -> int:
    return other.log.count("Accepted publickey")


def test_a_command_connects_once(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.path / "tree")
    for name in ("a", "b"):
        brought(hands, near(other, "tree"), far(other, name), listed(tree))
    close(hands.others)
    assert logins(other) == 1
    assert hands.others.sockets is None


def test_nothing_runs_there_after_the_command(other: OtherHost, hands: Hands) -> None:
    done(hands, List(far(other, "tree")))
    assert other.descendants()
    close(hands.others)
    eventually(lambda: not other.descendants())


def test_a_connection_that_broke_since_its_last_use_is_made_anew(other: OtherHost, hands: Hands) -> None:
    other.there("tree").mkdir()
    done(hands, List(far(other, "tree")))
    assert other.cut()
    assert done(hands, List(far(other, "tree"))) == Listed(Listing())


def test_two_hosts_never_share_a_connection(other: OtherHost, hands: Hands) -> None:
    def shells() -> list[tuple[str, ...]]:
        return [granted(link_to(hands.others, host, WATCH)).shell for host in (NAME, ALIAS)]

    first, second = shells()
    assert first != second
    drop(hands.others, NAME)
    assert shells() == [first, second]
    assert logins(other) == 3


def once(there: Callable[[], bool], action: Callable[[], object]) -> Watch:
    """A watch that acts, once, as soon as something is there."""
    acted: list[object] = []

    def look() -> bool:
        if not acted and there():
            acted.append(action())
        return False

    return Watch(interrupted=look)


def arrived_so_far(top: Path) -> int:
    """Bytes of what is not whole yet."""
    total = 0
    for path in top.glob(".big.*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


@pytest.mark.parametrize("direction", ["home", "staging"])
def test_after_a_broken_connection_the_same_effect_goes_on_where_it_was(
    other: OtherHost, hands: Hands, direction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_far = direction == "home"
    (src_disk, dst_disk) = (other.path, other.disk) if to_far else (other.disk, other.path)
    (src, dst) = (near(other, "tree"), far(other, "copy")) if to_far else (far(other, "tree"), near(other, "copy"))
    (src_disk / "tree").mkdir()
    with (src_disk / "tree" / "big").open("wb") as file:
        for _ in range(BIG // MiB):
            file.write(os.urandom(MiB))
    effect = Copy(src, dst, listed(src_disk / "tree"))
    watch = once(lambda: arrived_so_far(dst_disk / "copy") > BIG // 3, other.cut)
    broken = trouble(hands, effect, watch)
    assert broken.reason is Reason.HOST_UNREACHABLE and broken.transient
    assert NAME in broken.words
    eventually((dst_disk / "copy" / ".qq-rsync" / "big").exists)
    assert not (dst_disk / "copy" / "big").exists()
    close(hands.others)
    traffic = other.base / "traffic"
    monkeypatch.setenv("QQ_SSH", f"{other.ssh} -o LogLevel=VERBOSE -E {traffic}")
    done(hands, effect)
    done(hands, VerifyCopy(src, dst, effect.entries))
    close(hands.others)
    (moved,) = re.findall(r"Transferred: sent (\d+), received (\d+) bytes", traffic.read_text())
    assert 0 < sum(map(int, moved)) < BIG * 0.8
    assert subprocess.run(["cmp", src_disk / "tree" / "big", dst_disk / "copy" / "big"], check=False).returncode == 0
    assert names_in(dst_disk / "copy") == ["big"]


def test_silence_ends_a_transfer_and_its_length_does_not(other: OtherHost, hands: Hands) -> None:
    hands.others.settings = Settings(ssh_timeout=15, rsync_silence=2)
    (other.there("tree")).mkdir()
    with (other.there("tree") / "big").open("wb") as file:
        for _ in range(BIG // MiB):
            file.write(os.urandom(MiB))
    effect = Copy(far(other, "tree"), near(other, "copy"), listed(other.there("tree")))

    def freeze() -> None:
        for pid in other.named("rsync --server"):
            other.stop(pid)

    found = trouble(hands, effect, once(lambda: arrived_so_far(other.path / "copy") > 0, freeze))
    assert found.reason is Reason.HOST_UNREACHABLE and found.transient
    assert f"nothing came from {NAME} for 2 s" in found.words


def test_a_signal_ends_a_transfer_and_the_host_can_be_asked_again(other: OtherHost, hands: Hands) -> None:
    (other.path / "tree").mkdir()
    with (other.path / "tree" / "big").open("wb") as file:
        for _ in range(BIG // MiB):
            file.write(os.urandom(MiB))
    effect = Copy(near(other, "tree"), far(other, "copy"), listed(other.path / "tree"))
    found = trouble(hands, effect, Watch(interrupted=lambda: arrived_so_far(other.there("copy")) > 0))
    assert found.reason is Reason.INTERRUPTED
    eventually(lambda: not other.named("rsync --server"))
    assert isinstance(done(hands, List(far(other, "tree"))), Listed)
    assert logins(other) == 1


def test_a_signal_ends_what_the_other_host_is_doing(other: OtherHost, hands: Hands) -> None:
    other.there("tree").mkdir()
    for number in range(100):
        (other.there("tree") / str(number)).write_bytes(os.urandom(4 * MiB))
    effect = Copy(far(other, "tree"), far(other, "copy"), listed(other.there("tree")))
    found = trouble(hands, effect, Watch(interrupted=lambda: other.there("copy").exists()))
    assert found.reason is Reason.INTERRUPTED
    assert len(names_in(other.there("copy"))) < 100
    assert isinstance(done(hands, List(far(other, "tree"))), Listed)
    assert logins(other) == 1


def test_progress_adds_up(other: OtherHost, hands: Hands) -> None:
    tree = whole_tree(other.path / "tree")
    told = [0, 0]

    def progress(size: int, files: int) -> None:
        told[0] += size
        told[1] += files

    done(hands, Copy(near(other, "tree"), far(other, "copy"), listed(tree)), Watch(progress=progress))
    assert told[0] == listed(tree).bytes - (tree / "big").stat().st_size  # its second name costs nothing
    assert told[1] > 0


# --- what is missing or refused ---------------------------------------------------------------------------------------


def test_rsync_missing_there_is_one_clear_line(tmp_path: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path / "hosts"
    base.mkdir()
    with other_host(base, without="rsync") as other:
        monkeypatch.setenv("QQ_SSH", other.ssh)
        tree = whole_tree(other.path / "tree")
        found = trouble(hands, Copy(near(other, "tree"), far(other, "copy"), listed(tree)))
        close(hands.others)
    assert found.reason is Reason.TOOL_MISSING and not found.transient
    assert found.words.startswith(f"rsync is missing on {NAME}")


def test_rsync_missing_here_is_one_clear_line(
    other: OtherHost, hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = whole_tree(other.path / "tree")
    (tmp_path / "bin").mkdir()
    ssh = shutil.which("ssh")
    assert ssh is not None
    (tmp_path / "bin" / "ssh").symlink_to(ssh)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = trouble(hands, Copy(near(other, "tree"), far(other, "copy"), listed(tree)))
    assert found.reason is Reason.TOOL_MISSING
    assert found.words.startswith(f"rsync is missing on {os.uname().nodename}")


def test_an_unknown_host_key_is_never_accepted(other: OtherHost, hands: Hands) -> None:
    found = trouble(hands, List(Location("/", "stranger")))
    assert found.reason is Reason.HOST_UNREACHABLE and not found.transient
    assert "host key is not known" in found.words and "ssh stranger" in found.words
    assert logins(other) == 0


def test_a_changed_host_key_is_never_accepted(other: OtherHost, hands: Hands) -> None:
    key = (other.base / "user_key.pub").read_text().split()[1]
    (other.base / "known_hosts").write_text(f"{NAME} ssh-ed25519 {key}\n")
    found = trouble(hands, List(far(other, "")))
    assert "host key is not the one that is known" in found.words
    assert logins(other) == 0


def test_a_host_where_nobody_listens_is_named(other: OtherHost, hands: Hands) -> None:
    other.sshd.kill()
    other.sshd.wait()
    found = trouble(hands, List(far(other, "")))
    assert found.reason is Reason.HOST_UNREACHABLE and found.transient
    assert found.words == f"{NAME} can't be reached by ssh: it refuses connections"


def test_qq_missing_there_is_one_clear_line(other: OtherHost, hands: Hands) -> None:
    hands.others.qq = "/no/such/$(touch x)/qq"
    found = trouble(hands, List(far(other, "")))
    assert found.reason is Reason.TOOL_MISSING
    assert f"qq can't be started on {NAME}" in found.words and "/no/such" in found.words


@pytest.mark.parametrize("name", ["-oProxyCommand=touch x", "a b", "a;b", "", "user@host", "a\nb"])
def test_what_is_no_name_of_a_host_never_reaches_ssh(name: str, hands: Hands, tmp_path: Path) -> None:
    found = trouble(hands, List(Location("/", name)))
    assert found.reason is Reason.HOST_UNREACHABLE
    assert hands.others.links == {}


def test_what_the_shell_there_says_by_itself_is_no_answer(other: OtherHost, hands: Hands, tmp_path: Path) -> None:
    """A start-up file that prints: qq's own talk stands it; rsync does not, and says so."""
    noisy = tmp_path / "noisy"
    noisy.write_text('#!/bin/sh\necho "Welcome!"\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n')
    noisy.chmod(0o755)
    with (other.base / "user_key.pub").open("r+") as file:
        key = file.read()
        file.seek(0)
        file.write(f'command="{noisy}" {key}')
    other.there("tree").mkdir()
    other.there("tree/file").write_text("x")
    entries = done(hands, List(far(other, "tree"))).listing
    assert entries == listed(other.there("tree"))
    found = trouble(hands, Copy(far(other, "tree"), near(other, "copy"), entries))
    assert "the shell there says something of its own" in found.words


# --- a whole life -----------------------------------------------------------------------------------------------------


def a_life(job: JobInfo, other: OtherHost) -> "subprocess.Popen[bytes]":
    """`qq run` on this host, in a session of its own, as a batch system starts it."""
    environ = {
        **os.environ,
        **job_environment(job),
        "QQ_INFO": str(other.path / "home" / "run.qqinfo"),
        "SLURM_JOB_ID": "17",
        "SLURM_JOB_NODELIST": "node1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", "from qq.shell.run import main; raise SystemExit(main())"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@pytest.mark.parametrize("code", [0, 3])
def test_a_job_whose_input_directory_is_on_the_other_host(other: OtherHost, hands: Hands, code: int) -> None:
    home = other.there("home")
    home.mkdir()
    whole_tree(home / "inputs")
    other.there("library").mkdir()
    other.there("library/parameters [a]*").write_text("p")
    (other.path / "scratch").mkdir()
    script = f"cat */parameters* > result; mkdir -p new/empty; echo x >> inputs/script; echo said; exit {code}"
    (home / "run.sh").write_text(script)
    job = a_job(other, included=pvector([str(other.path / "library")]))
    done(hands, e.CreateRecord(far(other, "home/run.qqinfo"), job))
    close(hands.others)
    life = a_life(job, other)
    said, _ = life.communicate(timeout=60)
    record = read_record(str(home / "run.qqinfo")).unwrap()[0]
    assert life.returncode == code, said.decode()
    assert (home / "run.out").read_text() == "said\n"
    if code == 0:
        assert record.state is RecordState.FINISHED and record.delivered is not None
        assert (home / "result").read_text() == "p"
        assert (home / "new" / "empty").is_dir()
        assert (home / "inputs" / "script").read_text() == "#!/bin/sh\nx\n"
        assert not (home / "library").exists()
        assert list((other.path / "scratch").iterdir()) == []
    else:
        assert record.state is RecordState.FAILED
        assert not (home / "result").exists()
        assert (other.path / "scratch" / "job_17" / "result").read_text() == "p"
    assert not list(home.glob(".qq*"))
    assert logins(other) >= 2


def test_a_job_that_is_killed_writes_its_record_there_and_brings_its_output(other: OtherHost, hands: Hands) -> None:
    home, started = other.there("home"), other.path / "started"
    home.mkdir()
    (other.path / "scratch").mkdir()
    (home / "run.sh").write_text(f"echo said; echo > {shlex.quote(str(started))}; sleep 60 & wait")
    job = a_job(other)
    done(hands, e.CreateRecord(far(other, "home/run.qqinfo"), job))
    close(hands.others)
    life = a_life(job, other)
    eventually(started.exists)
    os.killpg(life.pid, signal.SIGTERM)
    said, _ = life.communicate(timeout=60)
    assert life.returncode == 143, said.decode()
    record = read_record(str(home / "run.qqinfo")).unwrap()[0]
    assert record.state is RecordState.KILLED
    assert (home / "run.out").read_text() == "said\n"
    assert not list(home.glob(".qq*"))
