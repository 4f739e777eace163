"""What an installation looks like → what is well, and what to do where it is not."""

import pytest

from qq.core.doctor import CLOCK_TOLERANCE, LEAST_ROOM, Finding, Level, findings, is_well, summary
from qq.core.installation import (
    BatchSystem,
    Called,
    Candidate,
    Configured,
    Fact,
    FileClock,
    FromJob,
    InLoginShell,
    Installed,
    Misread,
    Node,
    NoNode,
    OwnQueue,
    Program,
    Scratch,
    StartUp,
    TinyJob,
)

HERE = "1.2"
FINE, WARNING, FAULT = Level.FINE, Level.WARNING, Level.FAULT
ROOM = Candidate("/s", LEAST_ROOM)
NO_ROOM = Candidate("/t", trouble="permission denied")


def of(fact: Fact) -> list[Finding]:
    return findings([fact], HERE)


CASES: list[tuple[Fact, Level, str]] = [
    (Installed(HERE, "/opt/qq", "3.13"), FINE, "1.2, /opt/qq, Python 3.13"),
    (Installed(HERE, None, "3.13"), FAULT, "can't be found"),
    (Configured("c.toml", ()), FINE, "c.toml: nothing is wrong"),
    (Configured("c.toml", (":3: unknown key",)), FAULT, "c.toml:3: unknown key"),
    (Misread("no valid TOML"), FAULT, "no valid TOML"),
    (BatchSystem("lumi", "Slurm", "slurm 24.05", None), FINE, "site lumi, slurm 24.05: it answers"),
    (BatchSystem("lumi", "Slurm", None, "no controller"), FAULT, "site lumi, Slurm: no controller"),
    (OwnQueue("/q", True, None), FINE, "/q: it answers"),
    (OwnQueue("/q", False, None), FINE, "/q: not used yet"),
    (OwnQueue("/q", False, "permission denied"), FAULT, "/q: permission denied"),
    (Program("rsync", "rsync 3.4", True), FINE, "rsync 3.4"),
    (Program("rsync", None, True), FAULT, "not installed"),
    (Program("rsync", None, False), FINE, "not needed here"),
    (Scratch("scratch", ("/s",), (NO_ROOM, ROOM), on_node=False), FINE, "/s: writable, 1.0 GB free"),
    (Scratch("scratch", ("/s",), (Candidate("/s", 1),), on_node=False), WARNING, "/s: writable, 1 B free"),
    (Scratch("scratch", ("/s",), (Candidate("/s", 1),), on_node=True), FINE, "/s: writable on this host, 1 B free"),
    (Scratch("scratch", ("/t",), (NO_ROOM,), on_node=False), FAULT, "/t: permission denied"),
    (Scratch("scratch", ("/t",), (NO_ROOM,), on_node=True), FINE, "--job tries it there"),
    (Scratch("scratch", ("$D/x", "/y/{account}"), (), on_node=False), FINE, "$D/x, else /y/{account}: known on"),
    (StartUp("tcsh", "", ""), FINE, "not tcsh"),
    (StartUp("bash", 'a\n  eval "$(qq shell-init bash)"\n', "block"), FINE, "reads 'qq shell-init bash'"),
    (StartUp("bash", "a\nblock\nb", "block\n"), FINE, "holds what 'qq shell-init bash' prints"),
    (StartUp("bash", "_QQ_COMPLETE=x", "block"), WARNING, "older qq"),
    (StartUp("bash", '# eval "$(qq shell-init bash)"', "block"), WARNING, "does not read 'qq shell-init bash'"),
    (StartUp("zsh", 'eval "$(qq shell-init bash)"', "block"), WARNING, "~/.zshrc does not read"),
    (FromJob(Called("/opt/qq", HERE), shared=True), FINE, "/opt/qq starts"),
    (FromJob(Called("/opt/qq", HERE), shared=False), WARNING, "don't see"),
    (FromJob(Called("/opt/qq", "1.1"), shared=True), WARNING, "/opt/qq is qq 1.1, this is 1.2"),
    (FromJob(Called("/opt/qq", None, "no Python"), shared=True), FAULT, "no Python"),
    (InLoginShell(Called("/bin/sh -l", HERE)), FINE, "/bin/sh -l finds it"),
    (InLoginShell(Called("/bin/sh -l", "1.1")), WARNING, "finds qq 1.1, this is 1.2"),
    (InLoginShell(Called("/bin/sh -l", None, "qq: not found")), WARNING, "does not find qq: qq: not found"),
    (Node("n1", chosen=True, trouble="n1 is closed"), WARNING, "n1 is closed (many clusters"),
    (Node("n1", chosen=False, trouble="n1 is closed"), FAULT, "n1 is closed"),
    (Node("n1", chosen=False, version=HERE), FINE, "n1 is reached without a password, and qq 1.2 answers"),
    (Node("n1", chosen=False, version="1.1"), WARNING, "qq 1.1 answers, this is 1.2"),
    (NoNode("scratch is shared"), FINE, "not tried: scratch is shared"),
    (FileClock("/d", None), FINE, "nothing can be written into /d"),
    (FileClock("/d", CLOCK_TOLERANCE), FINE, "the same"),
    (FileClock("/d", -90.0), WARNING, "2 min behind this host's"),
    (FileClock("/d", 6.0), WARNING, "6 s ahead of this host's"),
    (TinyJob(trouble="refused"), FAULT, "refused"),
    (TinyJob("7", trouble="has failed", kept="/d"), FAULT, "7: has failed"),
    (TinyJob("7", HERE, "n1", "/s/7"), FINE, "7 ran on n1 in /s/7, with qq 1.2"),
    (TinyJob("7", "1.1", "n1"), WARNING, "7 ran on n1 in the input directory, with qq 1.1, this is 1.2"),
    (TinyJob("7", None, "n1", "/s/7"), FINE, "7 ran on n1 in /s/7"),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "level", "words"), CASES)
def test_what_is_seen_is_told_with_what_to_do_unless_it_is_fine(fact: Fact, level: Level, words: str) -> None:
    (found,) = of(fact)
    assert found.level is level
    assert words in found.words
    assert bool(found.next) == (level is not FINE)


def test_each_flaw_of_a_file_is_told() -> None:
    assert [each.words for each in of(Configured("c.toml", (":1: a", ":2: b")))] == ["c.toml:1: a", "c.toml:2: b"]


def test_what_a_job_left_is_named() -> None:
    (found,) = of(TinyJob("7", trouble="has failed", kept="/home/d"))
    assert "/home/d" in found.next


@pytest.mark.parametrize(("ahead", "level"), [(0.2, FINE), (-4.0, FINE), (3600.0, WARNING)])
def test_the_clock_of_a_node_is_compared(ahead: float, level: Level) -> None:
    _, clock = of(Node("n1", chosen=True, version=HERE, ahead=ahead))
    assert (clock.check, clock.level) == ("clock of n1", level)


@pytest.mark.parametrize(
    ("told", "words"),
    [(105.0, "the same"), (94.0, "6 s behind"), (95.0, "the same"), (200.0, "90 s ahead"), (115.0, "the same")],
)
def test_the_clock_that_a_job_saw_lies_between_two_of_ours(told: float, words: str) -> None:
    _, clock = of(TinyJob("7", HERE, "n1", "/s", sent=100.0, told=told, seen=110.0))
    assert clock.words.startswith(words.replace("90 s", "2 min"))


def test_it_is_well_as_long_as_nothing_stands_in_the_way() -> None:
    fine, warning, fault = (Finding("it", level, "is so") for level in (FINE, WARNING, FAULT))
    assert is_well([fine, warning]) and not is_well([fine, fault])
    assert summary([fine]) == "all is well"
    assert summary([fine, warning, warning]) == "2 warnings"
    assert summary([fault, warning]) == "1 fault, 1 warning"


def test_findings_are_plain_data_for_programs() -> None:
    assert Finding("it", FINE, "is so").data() == {"check": "it", "level": "fine", "words": "is so", "next": None}
    assert Finding("it", FAULT, "is not", "mend it").data()["next"] == "mend it"
