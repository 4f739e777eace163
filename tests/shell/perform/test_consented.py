"""A tree that the user wants gone goes without a proof, never through a link, nor with a home in it."""

import json
import os
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.effects import Consented, Location, RemoveTree
from qq.core.moments import Removed
from qq.core.result import failed
from qq.core.troubles import Reason
from qq.shell.perform.remove import remove_tree
from qq.shell.perform.watch import Watch

TOKEN = "ours"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A marked tree with a bit of everything."""
    work = tmp_path / "scratch" / "job_1"
    (work / "deep" / "er").mkdir(parents=True)
    (work / "deep" / "er" / "file").write_text("new")
    (work / ".qq-temporary").write_text("own")
    (work / "link").symlink_to(tmp_path)
    os.mkfifo(work / "pipe")
    mark = {"token": TOKEN, "attempt": 1, "job_id": "1.local", "exit_code": None}
    Path(f"{work}.qqmark").write_text(json.dumps(mark))
    Path(f"{work}.qqmark.list").write_text("")
    return work


def removal(work: Path, *protected: Path, token: str = TOKEN, marked: bool = True) -> RemoveTree:
    consented = Consented(pvector(map(str, protected)), marked=marked)
    return RemoveTree(Location(f"{work}.qqmark"), str(work), token, consented=consented)


def reason(effect: RemoveTree) -> Reason | None:
    trouble = failed(remove_tree(effect, Watch()))
    return trouble.reason if trouble else None


def test_the_whole_tree_goes_with_mark_and_lists_and_twice_is_once(work: Path) -> None:
    outside = work.parent.parent
    assert remove_tree(removal(work, outside / "home"), Watch()).unwrap() == Removed()
    assert list(work.parent.iterdir()) == []
    assert outside.is_dir()
    assert reason(removal(work, marked=False)) is None


def test_only_with_the_mark_that_was_seen(work: Path) -> None:
    assert reason(removal(work, token="another's")) is Reason.DISOWNED
    assert reason(removal(work, marked=False)) is Reason.DISOWNED
    assert (work / "deep" / "er" / "file").exists()


def test_a_tree_of_the_older_wrapper_has_no_mark(work: Path) -> None:
    Path(f"{work}.qqmark").unlink()
    assert reason(removal(work)) is Reason.DISOWNED
    assert reason(removal(work, marked=False)) is None
    assert not work.exists()


def test_a_link_in_its_place_stays_and_what_it_leads_to(work: Path) -> None:
    elsewhere = work.rename(work.parent / "elsewhere")
    work.symlink_to(elsewhere)
    assert reason(removal(work)) is Reason.PLACE_TAKEN
    assert work.is_symlink()
    assert (elsewhere / "deep" / "er" / "file").exists()


def test_nothing_goes_that_is_or_contains_what_is_protected_wherever_links_lead(work: Path) -> None:
    by_link = work.parent / "by link"
    by_link.symlink_to(work / "deep")
    for protected in (work, work / "deep" / "er", by_link):
        assert reason(removal(work, protected)) is Reason.PERMISSION
    assert (work / "deep" / "er" / "file").exists()


def test_neither_root_nor_a_home_goes(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(work / "deep"))
    assert reason(removal(work)) is Reason.PERMISSION
    monkeypatch.delenv("HOME")
    assert reason(removal(Path("/"), work)) is Reason.PERMISSION
