"""PBS as commands use it: how often it is asked, what counts as an answer, and what an answer is worth."""

from pathlib import Path

import pytest
from pyrsistent import pmap

from qq.core.batch_defaults import BatchDefaults
from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.records.values import Resources
from qq.core.replacing import replace
from qq.core.request import Request
from qq.core.result import Failure, Success
from qq.core.states import BatchState
from qq.core.troubles import Reason
from qq.shell.batch.choose import open_batch
from qq.shell.batch.pbs import Pbs
from qq.shell.here import user_name
from tests.shell.batch.pbs.conftest import Programs

OURS = f"-fx -w -u {user_name()}"


@pytest.fixture
def request_(nasty_dir: Path) -> Request:
    info = str(nasty_dir / "run.qqinfo")
    return Request(
        name="run.sh",
        starter="#!/bin/sh\nexec /opt/qq/bin/qq run\n",
        input_dir=str(nasty_dir),
        info_file=info,
        token="t0k3n",
        queue="workq",
        resources=Resources(nnodes=1, ncpus=2),
        output=str(nasty_dir / "run.qqout"),
        env=pmap({"QQ_INFO": info, "QQ_TOKEN": "t0k3n"}),
        umask=0o027,
    )


def a_job(job_id: str, state: str = "Q", *more: str, token: str = "") -> str:
    lines = [f"Job Id: {job_id}", f"    job_state = {state}", *(f"    {line}" for line in more)]
    return "\n".join([*lines, f"    Variable_List = QQ_TOKEN={token}", "", ""])


def why(evidence: Evidence) -> str:
    assert isinstance(evidence, NotAnswered)
    return evidence.why


def seen(evidence: Evidence) -> Seen:
    assert isinstance(evidence, Seen)
    return evidence


# --- submitting -------------------------------------------------------------------------------------------------------


def test_a_submission(programs: Programs, request_: Request) -> None:
    programs.answer("qsub *", "qsub_success")
    assert programs.pbs(AMS_ROOT="/software, x", QQ_ATTEMPT="1").submit(request_) == Success("0.pbshost")
    (call,) = programs.calls
    assert call.endswith("-l ncpus=2,mpiprocs=2 -v AMS_ROOT,QQ_INFO,QQ_TOKEN")
    assert programs.note("qsub.stdin") == request_.starter
    assert programs.note("qsub.umask") == "0027\n"
    assert programs.note("qsub.pwd") == f"{request_.input_dir}\n"
    found = programs.note("qsub.env")
    assert "AMS_ROOT=/software, x\n" in found
    assert "QQ_TOKEN=t0k3n\n" in found
    assert "QQ_ATTEMPT" not in found


@pytest.mark.parametrize(
    ("recorded", "words"),
    [("qsub_err_unknown_queue", "Unknown queue"), ("qsub_err_hook_reject", "Job rejected by site policy")],
)
def test_a_refusal_is_definite(programs: Programs, request_: Request, recorded: str, words: str) -> None:
    programs.answer("qsub *", recorded)
    answer = programs.pbs().submit(request_)
    assert isinstance(answer, Failure)
    assert answer.failure().reason is Reason.BATCH_REFUSED
    assert words in answer.failure().words
    assert len(programs.calls) == 1


def test_a_job_that_was_taken_without_an_answer_is_adopted_by_its_token(programs: Programs, request_: Request) -> None:
    programs.say("qsub *", err="qsub: End of File\n", code=140)
    programs.say(f"qstat {OURS}", a_job("7.s", token="other") + a_job("8.s", token="t0k3n"))
    assert programs.pbs().submit(request_) == Success("8.s")


def test_it_is_looked_for_at_the_server_that_was_asked(programs: Programs, request_: Request) -> None:
    programs.say("qsub *", err="qsub: End of File\n", code=140)
    programs.say(f"qstat {OURS} @other.example", a_job("8.other.example", token="t0k3n"))
    assert programs.pbs().submit(replace(request_, server="other.example")) == Success("8.other.example")


def test_without_an_answer_and_without_such_a_job_it_stays_open(programs: Programs, request_: Request) -> None:
    programs.say("qsub *", out="thank you\n")
    programs.say("qstat *")
    answer = programs.pbs().submit(request_)
    assert isinstance(answer, Failure)
    assert answer.failure().reason is Reason.BATCH_NOT_ANSWERING


def test_an_id_may_follow_a_sites_own_words(programs: Programs, request_: Request) -> None:
    programs.say("qsub *", out="welcome\n12.pbshost\n")
    assert programs.pbs().submit(request_) == Success("12.pbshost")


def test_where_qsub_is_not_there(tmp_path: Path, request_: Request) -> None:
    answer = Pbs({"PATH": str(tmp_path)}).submit(request_)
    assert isinstance(answer, Failure)
    assert answer.failure().reason is Reason.TOOL_MISSING


# --- looking ----------------------------------------------------------------------------------------------------------


def test_one_question_about_all_ids(programs: Programs) -> None:
    programs.answer("qstat *", "qstat_two_one_unknown")
    said = programs.pbs().look(["17", "999999", "not-an-id"])
    assert programs.calls == ["qstat -fx -w 17 999999"]
    assert seen(said["17"]).job_id == "17.pbshost"
    assert said["999999"] == said["not-an-id"] == Absent()


def test_what_can_be_no_id_is_not_asked_for(programs: Programs) -> None:
    assert programs.pbs().look(["workq", "-u"]) == {"workq": Absent(), "-u": Absent()}
    assert programs.calls == []


def test_a_server_that_is_down_has_not_answered(programs: Programs) -> None:
    programs.answer("qstat *", "server_down_qstat")
    said = programs.pbs().look(["222.pbshost"], ["t"])
    assert "cannot connect to server pbshost" in why(said["222.pbshost"])
    assert "cannot connect" in why(said["t"])


def test_silence_about_a_job_is_no_answer(programs: Programs) -> None:
    programs.say("qstat *", a_job("17.a"), "qstat: cannot connect to server b (errno=15010)\n", 255)
    said = programs.pbs().look(["17.a", "18.b"])
    assert seen(said["17.a"]).state is BatchState.QUEUED
    assert "cannot connect to server b" in why(said["18.b"])
    programs.say("qstat *")
    assert isinstance(Pbs(programs.environ).look(["19.b"])["19.b"], NotAnswered)


def test_nothing_at_all_is_no_answer(programs: Programs) -> None:
    programs.say("qstat *")
    assert "said nothing of 17" in why(programs.pbs().look(["17"])["17"])


def test_without_history_the_question_is_put_again_without_it(programs: Programs) -> None:
    programs.answer("qstat -fx *", "qstat_history_disabled_finished")
    programs.say("qstat -f *", a_job("335.pbshost", "R"), "qstat: Unknown Job Id 334.pbshost\n", 153)
    said = programs.pbs().look(["334.pbshost", "335.pbshost", "336.pbshost"])
    assert said["334.pbshost"] == Absent()
    assert seen(said["335.pbshost"]).state is BatchState.RUNNING
    assert isinstance(said["336.pbshost"], NotAnswered)
    assert len(programs.calls) == 2


def test_tokens_are_looked_for_among_the_users_own_jobs(programs: Programs) -> None:
    programs.say(f"qstat {OURS}", a_job("7.s", token="t0") + a_job("8.s", "R", token="t1"))
    programs.say("qstat -fx -w 9.other", a_job("9.other"))
    said = programs.pbs().look(["8", "9.other"], ["t0", "t2"])
    assert [seen(said[key]).job_id for key in ("t0", "8", "9.other")] == ["7.s", "8.s", "9.other"]
    assert said["t2"] == Absent()
    assert len(programs.calls) == 2


def test_finding_a_token(programs: Programs) -> None:
    programs.say(f"qstat {OURS}", a_job("7.s", token="t0"))
    assert programs.pbs().find("t0") == Success("7.s")
    assert programs.pbs().find("t1") == Success(None)
    missing = Pbs({"PATH": "/nowhere"}).find("t0")
    assert isinstance(missing, Failure)
    assert missing.failure().reason is Reason.BATCH_NOT_ANSWERING


def test_a_state_that_nobody_knows_is_no_answer(programs: Programs) -> None:
    programs.say("qstat *", a_job("7.s", "Z"))
    assert isinstance(programs.pbs().look(["7.s"])["7.s"], NotAnswered)


def test_a_job_that_is_held_for_ever_says_so(programs: Programs) -> None:
    held = a_job("2.s", "H", "substate = 22", "depend = afterany:1.s@s")
    programs.say("qstat -fx -w 2.s", held)
    programs.say("qstat -fx -w 1.s", a_job("1.s", "F", "substate = 91", "mtime = Sun Nov 22 15:24:52 2026"))
    job = seen(programs.pbs().look(["2.s"])["2.s"])
    assert job.stuck is Reason.DEPENDENCY
    assert "1.s was deleted before it ran" in job.comment


def test_of_a_parent_that_is_not_told_about_nothing_is_claimed(programs: Programs) -> None:
    programs.say("qstat -fx -w 2.s", a_job("2.s", "H", "substate = 22", "depend = afterany:1.s@s"))
    programs.answer("qstat *", "server_down_qstat")
    assert seen(programs.pbs().look(["2.s"])["2.s"]).stuck is None


def test_all_jobs(programs: Programs) -> None:
    over = a_job("1.s", "F", "mtime = Sun Nov 22 15:24:52 2026")
    programs.say("qstat *", over + a_job("2.s"))
    pbs = programs.pbs()
    assert [job.job_id for job in pbs.jobs(user="ada", ended=False).unwrap()] == ["2.s"]
    assert [job.job_id for job in pbs.jobs(user=None, ended=True).unwrap()] == ["1.s", "2.s"]
    assert programs.calls == ["qstat -f -w -u ada", "qstat -fx -w"]


def test_an_expired_ticket_is_named(programs: Programs) -> None:
    programs.say("qstat *", err="qstat: Kerberos credentials expired\n", code=1)
    assert "kinit" in why(programs.pbs().look(["7"])["7"])


# --- ending -----------------------------------------------------------------------------------------------------------


def test_each_end_is_told_apart(programs: Programs) -> None:
    programs.answer("qdel *", "qdel_many_one_unknown")
    made = programs.pbs().kill(["343.pbshost", "999998", "344.pbshost", "workq"])
    assert programs.calls == ["qdel 343.pbshost 999998 344.pbshost"]
    assert made["344.pbshost"] is None
    assert [trouble.reason for trouble in made.values() if trouble] == [Reason.BATCH_REFUSED] * 3


def test_by_force(programs: Programs) -> None:
    programs.answer("qdel *", "qdel_force_node_down")
    assert programs.pbs().kill(["221.pbshost"], force=True) == {"221.pbshost": None}
    assert programs.calls == ["qdel -W force 221.pbshost"]


def test_nothing_to_end_asks_nobody(programs: Programs) -> None:
    assert list(programs.pbs().kill(["x"])) == ["x"]
    (trouble,) = Pbs({"PATH": "/nowhere"}).kill(["7"]).values()
    assert trouble is not None
    assert trouble.reason is Reason.TOOL_MISSING


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_what_queue_and_server_give(programs: Programs) -> None:
    programs.answer("qstat -Bf*", "qstat_Bf")
    programs.answer("qstat -Qf *", "qstat_Qfw_one")
    assert programs.pbs().defaults("long", None) == Success(
        BatchDefaults(server=Resources(ncpus=1, walltime=3600), default_queue="workq", max_walltime=86400)
    )
    programs.pbs().defaults("long", "s.example")
    assert programs.calls[-2:] == ["qstat -Bf s.example", "qstat -Qf -w long@s.example"]
    programs.pbs().defaults(None, None)
    assert programs.calls[-1] == "qstat -Qf -w workq"


def test_a_queue_that_nobody_knows_is_left_to_the_submission(programs: Programs) -> None:
    programs.answer("qstat -Bf", "qstat_Bf")
    programs.answer("qstat -Qf *", "qstat_Qfw_unknown")
    assert programs.pbs().defaults("nosuchqueue", None).unwrap().default_queue == "workq"


def test_who_can_not_be_asked_for_defaults(programs: Programs) -> None:
    programs.answer("qstat -Bf", "server_down_qstat_Bf")
    assert isinstance(programs.pbs().defaults("q", None), Failure)
    assert Pbs({"PATH": "/nowhere"}).defaults("q", None) == Success(BatchDefaults())
    programs.say("qstat -Bf none")
    assert programs.pbs().defaults(None, "none") == Success(BatchDefaults())


def test_records_of_pbs_are_asked_for_at_pbs() -> None:
    assert isinstance(open_batch("PBS", {}).unwrap(), Pbs)


# --- the cluster ------------------------------------------------------------------------------------------------------


def test_queues_with_the_default_one(programs: Programs) -> None:
    programs.answer("qstat -Bf", "qstat_Bf")
    programs.answer("qstat -Qf -w", "qstat_Qfw")
    queues = programs.pbs().queues(None).unwrap()
    assert [queue.name for queue in queues] == ["workq", "long", "closed", "private", "route"]
    assert [queue.name for queue in queues if queue.is_default] == ["workq"]
    assert len(programs.calls) == 2


def test_queues_and_nodes_of_another_server(programs: Programs) -> None:
    programs.answer("qstat -Bf other.example", "qstat_Bf")
    programs.answer("qstat -Qf -w @other.example", "qstat_Qfw")
    programs.answer("pbsnodes -s other.example -a", "pbsnodes_a")
    assert len(programs.pbs().queues("other.example").unwrap()) == 5
    assert [node.name for node in programs.pbs().nodes("other.example").unwrap()] == ["pbshost"]


def test_nodes_are_one_question(programs: Programs) -> None:
    programs.answer("pbsnodes -a", "multinode_pbsnodes_a_busy")
    assert [node.name for node in programs.pbs().nodes(None).unwrap()][:2] == ["pbshost", "node1"]
    assert programs.calls == ["pbsnodes -a"]


def test_a_server_that_is_down_tells_neither(programs: Programs) -> None:
    programs.answer("qstat *", "server_down_qstat_Bf")
    programs.answer("pbsnodes *", "server_down_pbsnodes")
    assert programs.pbs().queues(None).failure().reason is Reason.BATCH_NOT_ANSWERING
    assert "pbsnodes: " in programs.pbs().nodes(None).failure().words
