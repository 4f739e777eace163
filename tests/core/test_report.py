"""What a command did: one line per job, a sum, and a table that draws itself."""

import copy
import pickle

from pyrsistent import pvector

from qq.core.replacing import replace
from qq.core.report import Kind, Report, Reports, reports, summary
from qq.core.states import RealState

KILLED: Report[None] = Report(
    name="1.local (run.sh)",
    job_id="1.local",
    job_name="run.sh",
    info_file="/home/me/run.qqinfo",
    state=RealState.RUNNING,
    kind=Kind.DONE,
    did="killed",
    words="killed",
)
SKIPPED = replace(KILLED, state=RealState.FINISHED, kind=Kind.SKIPPED, did="skipped", words="is finished")
FAILED = replace(KILLED, kind=Kind.FAILED, did="failed", words="was not killed: refused")


def test_a_line_names_the_job_and_what_was_done() -> None:
    assert KILLED.line == "1.local (run.sh): killed"
    assert SKIPPED.line == "1.local (run.sh) is finished"
    assert FAILED.line == "1.local (run.sh): was not killed: refused"
    assert replace(KILLED, words="is finished").line == "1.local (run.sh) is finished"
    assert repr(KILLED) == "<1.local (run.sh): killed>"


def test_data_for_programs() -> None:
    data = replace(SKIPPED, notes=pvector(["n"]), warnings=pvector(["w"])).data()
    assert (data["job_id"], data["state"], data["kind"]) == ("1.local", "finished", "skipped")
    assert (data["notes"], data["warnings"]) == (["n"], ["w"])
    assert replace(KILLED, state=None).data()["state"] is None


def test_many_jobs_are_counted_by_what_was_done() -> None:
    made = [KILLED] * 187 + [SKIPPED] * 10 + [FAILED] * 3
    assert summary(made) == "187 killed, 10 skipped: finished, 3 failed"
    assert summary([KILLED, replace(KILLED, did="ending")], 2) == "1 killed, 1 ending, 2 not found"
    assert summary([SKIPPED, SKIPPED, replace(SKIPPED, state=RealState.INCONSISTENT)]) == (
        "3 skipped: 2 finished, 1 inconsistent"
    )
    assert summary([replace(SKIPPED, state=None)]) == "1 skipped"
    assert summary([]) == ""


def test_all_went_well_if_something_was_done_and_nothing_failed() -> None:
    assert reports("killed", [KILLED, SKIPPED]).ok
    assert not reports("killed", [SKIPPED]).ok
    assert not reports("killed", [KILLED, FAILED]).ok
    assert not reports("killed", [KILLED], ["4: no such job"]).ok
    assert not reports("killed", []).ok


def test_a_chain_that_was_followed_is_one_job() -> None:
    made = reports("waited for", [KILLED, KILLED])
    assert made.several and not reports("killed", [KILLED]).several and reports("killed", [KILLED], ["4"]).several
    made.named = 1
    assert not made.several


def test_reports_are_a_tuple_that_draws_itself() -> None:
    made = reports("killed jobs", [KILLED, replace(FAILED, warnings=pvector(["<b>"]))], ["4: no such job"])
    assert made[0] is KILLED and len(made) == 2
    assert made.summary == "1 killed, 1 failed, 1 not found"
    said = repr(made)
    assert all(words in said for words in ("how it went", "1.local (run.sh)", "refused", "<b>", "4: no such job"))
    assert all(len(line) <= 40 for line in made.text(40).splitlines())
    html = made._repr_html_()
    assert "&lt;b&gt;" in html and "<b>" not in html and "4: no such job" in html and "killed jobs" in html


def test_none_is_said_too() -> None:
    made: Reports[None] = reports("killed jobs", [])
    assert repr(made) == "killed jobs: none"
    assert "<p>none</p>" in made._repr_html_()


def test_a_copy_shows_the_same() -> None:
    told = reports("killed", [KILLED, FAILED], ["no such job"])
    told.named = 3
    for copied in (pickle.loads(pickle.dumps(told)), copy.deepcopy(told), copy.copy(told)):
        assert copied == told and isinstance(copied, Reports)
        assert (copied.text(), copied.summary, copied.named) == (told.text(), told.summary, 3)
