"""A record that is looked at: what it says, harmless for a terminal and for a notebook."""

from datetime import datetime

from pyrsistent import pmap, pvector

from qq.core.records.job import KilledBy
from qq.core.records.said import said
from qq.core.records.values import Modes
from qq.core.replacing import replace
from tests.core.jobs import a_job, a_loop_job

JOB = replace(
    a_loop_job(job_id="7.local"),
    transfer_mode=Modes(("failure", 42)),
    killed_by=KilledBy("ada", datetime(2026, 1, 2, 3, 4, 5)),
    notes=pvector(["one", "two"]),
    unknown=pmap({"colour": pvector(["red"])}),
)


def test_only_what_is_set_is_said() -> None:
    told = dict(said(JOB))
    assert told["job_id"] == "7.local" and told["transfer_mode"] == "failure:42" and told["notes"] == "one, two"
    assert told["killed_by"] == "who=ada, when=2026-01-02 03:04:05" and told["unknown"] == "colour=red"
    assert "account" not in told and "requeue" not in told and all(told.values())
    assert "loop" not in dict(said(a_job()))


def test_the_state_comes_first_in_a_terminal() -> None:
    lines = str(JOB).splitlines()
    assert lines[0].split() == ["state", "queued"] and len(lines) == len(dict(said(JOB)))


def test_names_of_others_are_harmless() -> None:
    job = replace(JOB, script_name="<b>\x1b[31m\n.sh")
    assert "<b>" not in job._repr_html_() and "&lt;b&gt;" in job._repr_html_()
    assert "\x1b" not in str(job) and len(str(job).splitlines()) == len(str(JOB).splitlines())
