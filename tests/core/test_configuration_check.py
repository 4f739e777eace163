"""Every fault of a file of the configuration, with its line and the name that may have been meant."""

import pytest

from qq.core.configuration_check import Flaw, check_text, with_lines
from qq.core.records.site import Site
from qq.core.result import Fault
from qq.core.toml_lines import LONGEST

LOCAL = {"local": Site(name="local", engine="local", batch_system="local")}


def flaws(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.words) for one in check_text(text, LOCAL)]


def test_a_good_file_has_none() -> None:
    assert flaws("[submit]\nncpus = 2\n[sites.local]\nkill_wait = 3\n[jobs_presenter]\nx = 1\n") == []
    assert flaws('name = "local"\n[scratch]\nfast = "/fast"\n[resources]\nncpus = 1\n') == []


def test_all_faults_are_named_at_once_in_the_order_of_their_lines() -> None:
    text = """
[runner]
retry_trys = 3
retry_wait = "long"
[submit]
mem_per_cpu = "much"
ncpu = 1
[sites.mine]
engine = "Slurm"
kill_wait = "x"
[sites.mine.resources]
walltim = "1d"
[timeout]
"""
    assert flaws(text) == [
        (3, "runner.retry_trys: unknown key; did you mean 'retry_tries'?"),
        (4, "runner.retry_wait: 'long' is not a time in seconds, 0 or more"),
        (6, "submit.mem-per-cpu: " + flaws(text)[2][1].partition(": ")[2]),
        (7, "submit.ncpu: unknown key; did you mean 'ncpus'?"),
        (10, "sites.mine.kill_wait: 'x' is not a time in seconds, 0 or more"),
        (12, "sites.mine.resources.walltim: unknown key; did you mean 'walltime'?"),
        (13, "timeout: unknown key; did you mean 'timeouts'?"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = 1\nb = = 2\n", 2, "no valid TOML"),
        ("a = [\n1,\n", 3, "no valid TOML"),
        ("sites = 1", 1, "is not a table"),
        ("[sites]\nmine = 1", 2, "is not a table"),
        ('[sites.mine]\nengine = "Slurm"', 1, "a new site needs batch_system"),
        ('name = "local"\nscratch.fast = [1]', 2, "is not a list of texts"),
        ("[submit]\nexclude = {a = 1}", 2, "submit.exclude"),
        ('name = "mine"\nengine = "LSF"\nbatch_system = "LSF"', 2, "none of local, Slurm, PBS"),
        ('name = "local"\nkill_wayt = 1', 2, "did you mean 'kill_wait'?"),
        ('name = "local"\nscratch.fast = [1]', 2, "is not a list of texts"),
        ("[submit]\nexclude = {a = 1}", 2, "submit.exclude"),
        ('name = "mine"\nengine = "PBS"', 0, "a new site needs batch_system"),
    ],
)
def test_a_flaw_has_its_line(text: str, line: int, words: str) -> None:
    (flaw,) = check_text(text, LOCAL)
    assert isinstance(flaw, Flaw)
    assert flaw.line == line
    assert words in flaw.words


def test_of_a_statement_that_is_too_long_the_line_of_its_table_is_told() -> None:
    (flaw,) = check_text("\n[submit]\nexclude = [\n" + "1,\n" * LONGEST + "]\n", LOCAL)
    assert flaw.line == 2


def test_faults_of_a_file_get_their_lines_and_its_order() -> None:
    text = "[submit]\nncpus = 0\n[timeouts]\nssh = -1\n"
    found = [
        Fault("/c/sites/mine.toml: engine", "no"),
        Fault("/c/config.toml: timeouts.ssh", "negative"),
        Fault("/c/config.toml", "unreadable"),
        Fault("/c/config.toml: submit.ncpus", "none"),
        Fault("/c/config.toml: nowhere", "nobody can tell"),
    ]
    assert list(map(str, with_lines(found, "/c/config.toml", text))) == [
        "/c/config.toml:2: submit.ncpus: none",
        "/c/config.toml:4: timeouts.ssh: negative",
        "/c/sites/mine.toml: engine: no",
        "/c/config.toml: unreadable",
        "/c/config.toml: nowhere: nobody can tell",
    ]
