"""What people type about a simulation."""

from typing import Any

import pytest

import qq
from qq.core.predicting.endings import named
from qq.core.predicting.spelling import KINDS, parse_codes, parse_file, parse_mishap
from qq.core.result import Failure
from tests.core.predicting.jobs import a_job, a_loop


def words(result: Any) -> str:
    assert isinstance(result, Failure)
    return "; ".join(map(str, result.failure()))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("killed", qq.faults.killed()),
        ("killed:3", qq.faults.killed(cycle=3)),
        ("killed:copying home:2", qq.faults.killed("copying home", 2)),
        ("killed-by-user:staging", qq.faults.killed("staging", by_user=True)),
        ("node-lost:copying-home", qq.faults.node_lost("copying home")),
        ("node-destroyed::2", qq.faults.node_lost(cycle=2, for_good=True)),
        ("requeued", qq.faults.node_lost(requeued=True)),
        ("scratch-full:staging", qq.faults.disk_full("scratch", "staging")),
        ("home-full:2", qq.faults.disk_full("home", cycle=2)),
        ("batch-silent", qq.faults.batch_silent()),
        ("refused:2", qq.faults.submission_refused(2)),
        ("fails:verify 3 entries:2", qq.faults.fails("verify 3 entries", cycle=2)),
    ],
)
def test_faults(text: str, meant: Any) -> None:
    assert parse_mishap(text, "--fault").unwrap() == meant


def test_every_kind_can_be_typed() -> None:
    for kind in KINDS:
        assert not isinstance(parse_mishap(f"{kind}:copy" if kind == "fails" else kind, ""), Failure)


def test_faults_that_there_are_not() -> None:
    assert words(parse_mishap("lightning:2", "--fault")).startswith("--fault: 'lightning' is nothing that can go wrong")
    assert words(parse_mishap("kiled", "--fault")).endswith("can go wrong; did you mean 'killed'?")
    assert "'lunch' is no part of a job's life" in words(parse_mishap("killed:lunch", "--fault"))
    assert "wants words" in words(parse_mishap("fails", "--fault"))


def test_exit_codes() -> None:
    assert list(parse_codes("0, 0,42", "--exit").unwrap()) == [0, 0, 42]
    assert words(parse_codes("0,x,256", "--exit")).count("is no exit code") == 2


def test_files() -> None:
    assert parse_file("a=b.dat=3mb", "--writes").unwrap() == ("a=b.dat", 3 * 1024**2)
    assert "write NAME=SIZE" in words(parse_file("a.dat", "--writes"))
    assert "leads out" in words(parse_file("/etc/passwd=1kb", "--writes"))
    assert "has no unit" in words(parse_file("a.dat=3", "--writes"))


def test_names_of_a_cycle() -> None:
    assert named("{this}.xtc, {next}.cpt, {cycle}", a_loop(), 7) == "job0007.xtc, job0008.cpt, 7"
    assert named("{this}{next}{cycle}", a_job(), 2) == "232"
