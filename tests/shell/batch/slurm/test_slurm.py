"""Slurm as commands use it: how often it is asked, what counts as an answer, and what an answer is worth."""

from pyrsistent import pmap

from qq.core.batch_defaults import BatchDefaults
from qq.core.evidence import Absent, NotAnswered, Seen
from qq.core.records.values import Resources
from qq.core.request import Request
from qq.core.result import Failure, Success, failed
from qq.core.schedulers import slurm_accounting, slurm_queue
from qq.core.states import BatchState
from qq.core.troubles import Reason
from tests.core.schedulers.slurm_recordings import MARK, out_of, text
from tests.shell.batch.slurm.conftest import Programs

DOWN = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
NO_DATABASE = "sacct: error: Problem talking to the database: Connection refused"
REQUEST = Request(
    name="run.sh",
    starter="#!/bin/sh\nexec qq run\n",
    input_dir="/home/ada/job",
    info_file="/home/ada/job/run.qqinfo",
    token="11bb",
    queue="cpu",
    resources=Resources(nnodes=1, ncpus=1),
    output="/home/ada/job/run.qqout",
    env=pmap({"QQ_TOKEN": "11bb", "QQ_SHARED_SUBMIT": "true"}),
    umask=0o027,
)


def row(fields: tuple[str, ...], **values: str) -> str:
    """A row of an answer; most of its fields are empty."""
    return "".join(values.get(name.replace("-", "_"), "") + MARK for name in fields) + "\n"


def in_queue(job_id: str, state: str, comment: str = "", reason: str = "None") -> str:
    return row(slurm_queue.FIELDS, jobarrayid=job_id, state=state, comment=comment, reason=reason, nodelist="n1")


def in_accounts(job_id: str, state: str, comment: str = "") -> str:
    return row(slurm_accounting.FIELDS, JobID=job_id, State=state, Comment=comment, NodeList="n1", ExitCode="3:0")


# --- steps ---------------------------------------------------------------------------------------------------------


def test_the_steps_of_many_jobs_are_one_question(programs: Programs) -> None:
    programs.say("sacct", text("steps_marked.txt"))
    found = programs.slurm().steps(["1", "2", "no id"])
    assert [step.name for step in found["2"]] == ["batch", "sleep"]
    (call,) = programs.calls
    assert call.startswith("sacct") and "--jobs=1,2 " in call


def test_where_accounting_says_nothing_there_are_no_steps(programs: Programs) -> None:
    programs.say("sacct", err=NO_DATABASE, code=1)
    assert programs.slurm().steps(["1"]) == {}
    (programs.directory / "sacct").unlink()
    assert programs.slurm(PATH=str(programs.directory)).steps(["1"]) == {}
    assert programs.slurm().steps(["no id"]) == {}


# --- looking ----------------------------------------------------------------------------------------------------------


def test_a_thousand_jobs_are_one_question(programs: Programs) -> None:
    programs.say("squeue", "".join(in_queue(str(number), "RUNNING") for number in range(1, 1001)))
    found = programs.slurm().look([str(number) for number in range(1, 1001)])
    assert len(found) == 1000
    assert all(isinstance(seen, Seen) and seen.state is BatchState.RUNNING for seen in found.values())
    assert [call.split()[0] for call in programs.calls] == ["squeue"]


def test_accounting_is_asked_once_and_only_about_what_the_controller_does_not_know(programs: Programs) -> None:
    programs.say("squeue", in_queue("1", "RUNNING"))
    programs.say("sacct", in_accounts("2", "FAILED") + in_accounts("4", "COMPLETED"))
    found = programs.slurm().look(["1", "2", "3", "4"])
    assert isinstance(found["2"], Seen)
    assert (found["2"].state, found["2"].exit_code) == (BatchState.FAILED, 3)
    assert isinstance(found["4"], Seen)
    assert isinstance(found["3"], Absent)
    assert [call.split()[0] for call in programs.calls] == ["squeue", "sacct"]
    assert "--jobs=2,3,4" in programs.calls[1]


def test_one_job_that_the_controller_does_not_know_is_an_error_for_squeue_and_none_for_us(programs: Programs) -> None:
    programs.say("squeue", err="slurm_load_jobs error: Invalid job id specified\n", code=1)
    assert programs.slurm().look(["999999"]) == {"999999": Absent()}


def test_what_is_no_id_of_slurm_spoils_no_question(programs: Programs) -> None:
    programs.say("squeue", in_queue("1", "RUNNING"))
    found = programs.slurm().look(["1", "17.local", "x,y"])
    assert isinstance(found["1"], Seen)
    assert found["17.local"] == found["x,y"] == Absent()
    assert "--jobs=1 " in programs.calls[0]
    assert programs.slurm().look(["17.local"]) == {"17.local": Absent()}
    assert len(programs.calls) == 1


def test_tokens_are_looked_for_among_the_users_own_jobs(programs: Programs) -> None:
    programs.say("squeue", text("squeue_marked.txt"))
    found = programs.slurm().look(["18"], ["11bb", "ffff"])
    assert isinstance(found["11bb"], Seen)
    assert found["11bb"].name == "completed"
    assert isinstance(found["18"], Seen)
    assert found["ffff"] == Absent()
    assert "--user=" in programs.calls[0]
    assert "--starttime=now-7days" in programs.calls[1]


def test_of_several_jobs_with_one_token_the_one_that_is_not_over_counts(programs: Programs) -> None:
    jobs = [in_queue("1", "FAILED", "qq:t:"), in_queue("2", "RUNNING", "qq:t:"), in_queue("3", "FAILED", "qq:t:")]
    programs.say("squeue", "".join(jobs))
    assert programs.slurm().find("t") == Success("2")


def test_a_state_that_nobody_knows_is_no_answer(programs: Programs) -> None:
    programs.say("squeue", in_queue("1", "FROBNICATING"))
    found = programs.slurm().look(["1"])["1"]
    assert isinstance(found, NotAnswered)
    assert "FROBNICATING" in found.why


def test_without_a_controller_only_what_is_over_is_known(programs: Programs) -> None:
    programs.say("squeue", err=DOWN, code=1)
    programs.say("sacct", in_accounts("1", "COMPLETED") + in_accounts("2", "PENDING"))
    found = programs.slurm().look(["1", "2", "3"])
    assert isinstance(found["1"], Seen)
    assert isinstance(found["2"], NotAnswered), "accounting is late: the job may be running"
    assert isinstance(found["3"], NotAnswered)
    assert "its controller does not answer" in found["3"].why


def test_without_accounting_what_the_controller_says_holds(programs: Programs) -> None:
    programs.say("squeue", in_queue("1", "RUNNING"))
    programs.say("sacct", err=NO_DATABASE, code=1)
    found = programs.slurm().look(["1", "2"])
    assert isinstance(found["1"], Seen)
    assert isinstance(found["2"], NotAnswered)
    assert "Problem talking to the database" in found["2"].why


def test_a_cluster_that_keeps_no_accounts_has_said_all_that_it_knows(programs: Programs) -> None:
    programs.say("sacct", err="Slurm accounting storage is disabled\n", code=1)
    assert programs.slurm().look(["2"]) == {"2": Absent()}


def test_a_program_that_is_missing_is_no_answer(programs: Programs) -> None:
    (programs.directory / "squeue").unlink()
    found = programs.slurm(PATH=str(programs.directory)).look(["1"])["1"]
    assert isinstance(found, NotAnswered)


def test_finding_says_whether_it_could_ask(programs: Programs) -> None:
    assert programs.slurm().find("t") == Success(None)
    assert [call.split()[0] for call in programs.calls] == ["squeue"], "the next cycle waits for no database"
    programs.say("squeue", err=DOWN, code=1)
    found = programs.slurm().find("t")
    assert isinstance(found, Failure)
    assert found.failure().reason is Reason.BATCH_NOT_ANSWERING


# --- listing ----------------------------------------------------------------------------------------------------------


def test_jobs_of_a_user(programs: Programs) -> None:
    programs.say("squeue", text("squeue_marked.txt"))
    assert len(programs.slurm().jobs(user="ada", ended=False).unwrap()) == 25
    assert "--user=ada" in programs.calls[0]
    assert "--states=all" not in programs.calls[0]
    assert len(programs.calls) == 1


def test_no_list_without_a_controller(programs: Programs) -> None:
    programs.say("squeue", err=DOWN, code=1)
    assert isinstance(programs.slurm().jobs(user=None, ended=True), Failure)


# --- submitting -------------------------------------------------------------------------------------------------------


def test_the_starter_and_the_environment_reach_sbatch(programs: Programs) -> None:
    programs.say("sbatch", "17\n")
    assert programs.slurm(SLURM_JOB_ID="3", QQ_ATTEMPT="1").submit(REQUEST) == Success("17")
    environ = (programs.directory / "sbatch.env").read_text().splitlines()
    assert "QQ_TOKEN=11bb" in environ
    assert not [line for line in environ if line.startswith(("SLURM_", "QQ_ATTEMPT"))]
    assert (programs.directory / "sbatch.stdin").read_text() == REQUEST.starter
    assert (programs.directory / "sbatch.umask").read_text() == "0027\n"


def test_the_name_of_a_cluster_is_no_part_of_the_id(programs: Programs) -> None:
    programs.say("sbatch", "Welcome to the cluster!\n17;other\n")
    assert programs.slurm().submit(REQUEST) == Success("17")


def test_a_refusal_is_one(programs: Programs) -> None:
    programs.say("sbatch", err="sbatch: error: Batch job submission failed: Invalid qos specification", code=1)
    refused = programs.slurm().submit(REQUEST)
    assert isinstance(refused, Failure)
    assert refused.failure().reason is Reason.BATCH_REFUSED
    assert len(programs.calls) == 1


def test_a_submission_without_an_answer_is_adopted_if_it_is_there(programs: Programs) -> None:
    timed_out = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"
    programs.say("sbatch", err=timed_out, code=1)
    programs.say("squeue", in_queue("14", "PENDING", "qq:11bb:"))
    assert programs.slurm().submit(REQUEST) == Success("14")
    programs.say("squeue", in_queue("13", "FAILED", "qq:11bb:"))  # of an earlier attempt
    answer = programs.slurm().submit(REQUEST)
    assert isinstance(answer, Failure)
    assert answer.failure().reason is Reason.BATCH_NOT_ANSWERING


def test_an_id_that_can_not_be_read_is_no_answer(programs: Programs) -> None:
    programs.say("sbatch", "welcome\n")
    answer = programs.slurm().submit(REQUEST)
    assert isinstance(answer, Failure)
    assert answer.failure().reason is Reason.BATCH_NOT_ANSWERING


def test_a_controller_that_could_not_be_reached_is_not_asked_again(programs: Programs) -> None:
    programs.say("sbatch", err="sbatch: error: Unable to contact slurm controller (connect failure)", code=1)
    answer = programs.slurm().submit(REQUEST)
    assert isinstance(answer, Failure)
    assert answer.failure().reason is Reason.BATCH_NOT_ANSWERING
    assert len(programs.calls) == 1


# --- asking beforehand ------------------------------------------------------------------------------------------------


def test_what_is_asked_beforehand_is_what_would_be_submitted(programs: Programs) -> None:
    def got() -> list[str]:
        return [(programs.directory / f"sbatch.{what}").read_text() for what in ("env", "umask", "stdin")]

    programs.say("sbatch", "17\n")
    slurm = programs.slurm(SLURM_JOB_ID="3")
    assert slurm.submit(REQUEST) == Success("17")
    submitted = got()
    assert slurm.check(REQUEST, asking=True) == Success("")
    assert got() == submitted
    assert programs.calls[1] == f"{programs.calls[0]} --test-only"


def test_slurms_answer_beforehand(programs: Programs) -> None:
    programs.say("sbatch", err="sbatch: Job 9 to start at 2026-11-27T20:53:20 using 1 processors on nodes node1")
    assert programs.slurm().check(REQUEST, asking=True) == Success("")
    programs.say("sbatch", err="allocation failure: Invalid feature specification", code=1)
    no = failed(programs.slurm().check(REQUEST, asking=True))
    assert no is not None and no.reason is Reason.BATCH_REFUSED and "would refuse it" in no.words
    programs.say("sbatch", err="allocation failure: Socket timed out on send/recv operation", code=1)
    no = failed(programs.slurm().check(REQUEST, asking=True))
    assert no is not None and no.reason is Reason.BATCH_NOT_ANSWERING


def test_nothing_is_asked_beforehand_where_it_would_not_be_worth_it(programs: Programs) -> None:
    assert programs.slurm().check(REQUEST, asking=False) == Success("")
    assert programs.calls == []


# --- ending -----------------------------------------------------------------------------------------------------------


def test_all_jobs_are_ended_by_one_command(programs: Programs) -> None:
    said = "scancel: Terminating job 1\nscancel: error: Kill job error on job id 2: Invalid job id specified\n"
    programs.say("scancel", err=said)
    found = programs.slurm().kill(["1", "2", "3.local"])
    assert found["1"] is None
    assert found["2"] is not None
    assert found["2"].words == "Slurm refused to end 2: Invalid job id specified"
    assert found["3.local"] is not None
    assert programs.calls == ["scancel -v 1 2"]


def test_no_controller_no_end(programs: Programs) -> None:
    programs.say("scancel", err="scancel: error: slurm_load_jobs error: Unable to contact slurm controller", code=1)
    found = programs.slurm().kill(["1"], force=True)["1"]
    assert found is not None
    assert found.reason is Reason.BATCH_NOT_ANSWERING
    down = "scancel: error: Kill job error on job id 1: Unable to contact slurm controller (connect failure)\n"
    programs.say("scancel", err=down, code=8)
    found = programs.slurm().kill(["1"])["1"]
    assert found is not None
    assert found.reason is Reason.BATCH_NOT_ANSWERING


def test_nothing_to_end_is_no_question(programs: Programs) -> None:
    assert set(programs.slurm().kill(["x.local"])) == {"x.local"}
    assert programs.slurm().kill([]) == {}
    assert programs.calls == []


def test_without_the_program_nothing_ends(programs: Programs) -> None:
    found = programs.slurm(PATH="/nowhere").kill(["1"])["1"]
    assert found is not None
    assert found.reason is Reason.TOOL_MISSING


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_what_partitions_and_cluster_give(programs: Programs) -> None:
    config = out_of("scontrol_show_config.txt", "scontrol show config")
    programs.say("scontrol", config + "\n" + out_of("scontrol_show_partition.txt", "scontrol show partition -o"))
    found = programs.slurm().defaults("long", None).unwrap()
    assert (found.default_queue, found.kill_wait, found.max_walltime) == ("cpu", 3.0, 14 * 86400)
    assert programs.calls == ["scontrol show config", "scontrol show partition --oneliner"]


def test_who_can_not_be_asked_for_defaults(programs: Programs) -> None:
    programs.say("scontrol", err=DOWN, code=1)
    assert isinstance(programs.slurm().defaults(None, None), Failure)
    assert programs.slurm(PATH="/nowhere").defaults(None, None) == Success(BatchDefaults())


# --- the cluster ------------------------------------------------------------------------------------------------------


def test_partitions_and_nodes_are_one_question_each(programs: Programs) -> None:
    programs.say("scontrol", out_of("scontrol_show_partition.txt", "scontrol show partition -o"))
    assert [queue.name for queue in programs.slurm().queues(None).unwrap()] == ["cpu", "long"]
    programs.say("scontrol", out_of("scontrol_show_node.txt", "scontrol show node -o"))
    assert [node.name for node in programs.slurm().nodes(None).unwrap()] == ["node1", "node2", "node3"]
    assert programs.calls == ["scontrol show partition --oneliner", "scontrol show node --oneliner"]


def test_a_controller_that_is_silent_tells_no_nodes(programs: Programs) -> None:
    programs.say("scontrol", err=DOWN, code=1)
    for asked in (programs.slurm().queues(None), programs.slurm().nodes(None)):
        assert asked.failure().reason is Reason.BATCH_NOT_ANSWERING
