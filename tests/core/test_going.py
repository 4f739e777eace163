"""Where `qq go` leads, and the command line that gets there."""

from datetime import datetime

import pytest

from qq.core.going import shell_on, where_to_go
from qq.core.records.values import Resources
from qq.core.result import failed
from qq.core.states import RealState
from tests.core.jobs import a_job

NOW = datetime(2026, 1, 2, 3, 4, 5)
BEFORE = (RealState.QUEUED, RealState.HELD, RealState.WAITING, RealState.BOOTING)


@pytest.mark.parametrize("state", RealState)
def test_a_job_with_a_working_directory_is_gone_to_in_every_state_but_those_before_its_start(state: RealState) -> None:
    found = where_to_go(a_job(work_dir="/scratch/1", main_node="node"), state)
    assert found.unwrap() == (None if state in BEFORE else "/scratch/1")  # that of an attempt before is none


@pytest.mark.parametrize("state", RealState)
def test_a_job_without_one_is_waited_for_while_it_can_get_one(state: RealState) -> None:
    found = where_to_go(a_job(job_id="17.local"), state)
    if state in (*BEFORE, RealState.RUNNING):
        assert found.unwrap() is None
        return
    why = failed(found)
    assert why is not None and str(state) in why and "qq cd 17" in why


def test_a_job_in_its_input_directory_is_gone_to_at_once() -> None:
    job = a_job(resources=Resources(work_dir="input_dir"))
    assert where_to_go(job, RealState.QUEUED).unwrap() == job.input_dir


def test_what_is_home_has_no_working_directory_any_more() -> None:
    why = failed(where_to_go(a_job(work_dir="/scratch/1", main_node="node", delivered=NOW), RealState.FINISHED))
    assert why is not None and "results at home" in why and "qq cd" in why


def test_any_name_of_a_directory_reaches_the_shell_there() -> None:
    argv = shell_on(("ssh", "-F", "config"), "node", "/it's $HOME\n", timeout=15.4, terminal=True)
    assert argv[:6] == ["ssh", "-F", "config", "-t", "-o", "ConnectTimeout=15"]
    assert argv[6:8] == ["--", "node"]
    assert argv[8] == """sh -c 'cd -- "$1" && exec "${SHELL:-sh}"' sh '/it'"'"'s $HOME\n'"""
    assert "-t" not in shell_on(("ssh",), "node", "/", timeout=0.1, terminal=False)
