"""Client programs of batch systems: bounded in time, with all that they said."""

import os
from pathlib import Path

import pytest

from qq.core.result import Failure
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.client_program import Said, ask
from tests.shell.batch.local.helpers import until


def said(*argv: str, text: str = "", umask: int = -1, seconds: float = 30) -> Said | Trouble:
    result = ask(argv, os.environ, seconds=seconds, text=text, umask=umask)
    return result.failure() if isinstance(result, Failure) else result.unwrap()


def test_all_that_it_said_and_how_it_ended() -> None:
    assert said("sh", "-c", "echo out; echo err >&2; exit 3") == Said(3, "out\n", "err\n")
    assert said("sh", "-c", "kill -9 $$") == Said(-9, "", "")


def test_any_bytes_are_text_and_come_back() -> None:
    assert said("cat", text="\udcff\n") == Said(0, "\udcff\n", "")


def test_without_input_it_reads_nothing() -> None:
    assert said("cat") == Said(0, "", "")


def test_it_runs_in_the_root_directory_with_the_umask_that_is_asked_for() -> None:
    assert said("sh", "-c", "pwd; umask", umask=0o027) == Said(0, "/\n0027\n", "")


def test_a_program_that_is_not_there() -> None:
    trouble = said("no-such-program")
    assert isinstance(trouble, Trouble)
    assert (trouble.reason, trouble.words) == (Reason.TOOL_MISSING, "no-such-program is not installed here")


def test_a_program_that_can_not_be_started(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("")
    (tmp_path / "broken").chmod(0o755)
    trouble = said(f"{tmp_path}/broken")
    assert isinstance(trouble, Trouble)
    assert trouble.reason is Reason.TOOL_MISSING
    assert "can't be started" in trouble.words


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM INT HUP;"])
def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path, stubborn: str) -> None:
    script = f"{stubborn} sleep 1000 & echo $! > {tmp_path}/child; wait; sleep 1000"
    trouble = said("sh", "-c", script, seconds=0.5)
    assert isinstance(trouble, Trouble)
    assert (trouble.reason, trouble.transient) == (Reason.BATCH_NOT_ANSWERING, True)
    assert "sh has not answered" in trouble.words
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    until(lambda: not child.exists() or ") Z " in child.read_text(), "the end of the child")
