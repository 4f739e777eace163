"""What a script says of itself: shebang and directives (SPEC 2)."""

import pytest

from qq.core.directives import (
    SHEBANG,
    check_script,
    check_shebang,
    directives,
    foreign_directives,
    replaced_interpreter,
    with_shebang,
)
from qq.core.result import failed


def values(*lines: str) -> dict[str, str]:
    found = directives("\n".join([SHEBANG, *lines]), "run.sh").unwrap()
    return {one.option.name: one.value for one in found}


def faults(*lines: str) -> list[str]:
    wrong = failed(directives("\n".join([SHEBANG, *lines]), "run.sh"))
    assert wrong is not None
    return [str(one) for one in wrong]


@pytest.mark.parametrize(
    "line",
    [
        "# qq work-dir scratch_ssd",
        "# qq work-dir=scratch_ssd",
        "# qq work-dir = scratch_ssd",
        "# QQ WorkDir scratch_ssd",
        "#qq workDir scratch_ssd",
        "  #  qQ  work_dir   scratch_ssd  ",
        "# qq workdir scratch_ssd # as a comment",
        "# qq work-dir scratch_ssd\r",
        '# qq work-dir "scratch_ssd"',
        "# qq work-dir 'scratch_ssd' # don't",
        "#\tqq\twork-dir\tscratch_ssd",
    ],
)
def test_an_option_may_be_written_in_any_style(line: str) -> None:
    assert values(line) == {"work-dir": "scratch_ssd"}


def test_directives_end_at_the_first_line_that_is_neither_blank_nor_comment() -> None:
    assert values("", "  ", "# a comment", "# qq ncpus 2", "echo", "# qq ngpus 1") == {"ncpus": "2"}


@pytest.mark.parametrize(
    "line", ["# about qq", "# qqq ncpus 2", "# qq-ncpus 2", "## qq ncpus 2", "# qq: note", "#! qq ncpus 2"]
)
def test_other_comments_are_no_directives(line: str) -> None:
    assert values(line) == {}


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ('# qq interpreter "python3 -u"', "interpreter", "python3 -u"),
        ("# qq interpreter python3 -u", "interpreter", "python3 -u"),
        ("# qq transfer-mode success 42", "transfer-mode", "success 42"),
        ('# qq transfer-mode "success:42"', "transfer-mode", "success:42"),
        ("# qq depend=afterok=1:2", "depend", "afterok=1:2"),
        ('# qq include "a b" c\\ d', "include", '"a b" c\\ d'),
        ("# qq archive 'my archive'", "archive", "my archive"),
        ("# qq exclude a#b # c", "exclude", "a#b"),
        ("# qq account '#1'", "account", "#1"),
        ("# qq requeue", "requeue", "true"),
        ("# qq requeue false", "requeue", "false"),
        ("# qq queue gpu\\ long", "queue", "gpu long"),
    ],
)
def test_values_may_be_quoted(line: str, name: str, value: str) -> None:
    assert values(line) == {name: value}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("# qq ncpu 8", "run.sh, line 2: unknown option 'ncpu'; did you mean 'ncpus'?"),
        ("# qq zzzzz 8", "run.sh, line 2: unknown option 'zzzzz'; 'qq submit -h' lists them"),
        ("# qq ncpus", "run.sh, line 2: the option 'ncpus' has no value"),
        ("# qq ncpus =", "run.sh, line 2: the option 'ncpus' has no value"),
        ("# qq ncpus # 8", "run.sh, line 2: the option 'ncpus' has no value"),
        ("# qq", "run.sh, line 2: no option follows 'qq'"),
        ("# qq = 3", "run.sh, line 2: no option follows 'qq'"),
        ("# qq queue a b", "run.sh, line 2: the value of 'queue' has several words; put it in quotes if that is meant"),
        ("# qq include it's", "run.sh, line 2: a quotation mark is not closed"),
        ("# qq queue a\\", "run.sh, line 2: nothing follows the last backslash"),
    ],
)
def test_a_faulty_directive_is_named_with_its_line(line: str, words: str) -> None:
    assert faults(line) == [words]


def test_all_faults_are_found_at_once() -> None:
    found = faults("# qq ncpu 8", "# fine", "# qq mem", "# qq ncpus 8")
    assert [one.partition(":")[0] for one in found] == ["run.sh, line 2", "run.sh, line 4"]


def test_two_values_for_one_option_are_a_fault_two_lists_are_not() -> None:
    assert faults("# qq ncpus 8", "# qq ncpus 9") == [
        "run.sh, line 3: 'ncpus' is set already in line 2, to another value"
    ]
    assert values("# qq ncpus 8", "# qq ncpus 8") == {"ncpus": "8"}
    assert len(directives("# qq include a\n# qq include b", "run.sh").unwrap()) == 2


@pytest.mark.parametrize(
    "line", [SHEBANG, "#!/opt/qq/bin/qq run", "#!/usr/bin/env -S qq run  ", "#!qq run", "#! /usr/bin/qq run"]
)
def test_a_shebang_that_ends_with_qq_run_is_right(line: str) -> None:
    assert check_shebang(f"{line}\necho", "run.sh").unwrap() == line
    assert with_shebang(f"{line}\necho") == f"{line}\necho"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("", "no shebang; 'qq shebang run.sh' adds"),
        ("echo", "no shebang"),
        ("\ufeff#!/usr/bin/env -S qq run", "a byte-order mark hides the shebang"),
        ("\n#!/usr/bin/env -S qq run", "no shebang"),
        ("#!/bin/bash", "does not end with 'qq run'; 'qq shebang run.sh' replaces it"),
        ("#!/bin/xqq run", "does not end with 'qq run'"),
    ],
)
def test_any_other_first_line_is_a_fault_that_says_what_to_do(script: str, words: str) -> None:
    wrong = failed(check_shebang(script, "run.sh"))
    assert wrong is not None
    assert wrong[0].place == "run.sh, line 1"
    assert words in wrong[0].words


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (f"{SHEBANG}\r\ntrue\r\n", 1),
        (f"{SHEBANG}\ntrue\r\n", 2),
        (f"{SHEBANG}\ntrue\r", 2),
        (f"{SHEBANG}\n\n# a comment\necho\r\n", 4),
    ],
)
def test_windows_line_ends_are_a_fault_that_says_where_and_how_to_mend_it(script: str, line: int) -> None:
    found = failed(check_script(script, "my run.sh"))
    assert found is not None
    (wrong,) = found
    assert wrong.place == f"my run.sh, line {line}"
    assert "CR LF" in wrong.words
    assert wrong.words.endswith(r"sed -i 's/\r$//' 'my run.sh'")


def test_a_carriage_return_within_a_line_is_the_scripts_own_affair() -> None:
    assert check_script(f"{SHEBANG}\nprintf '50 %\r'\n", "run.sh").unwrap() == SHEBANG


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("echo\n", f"{SHEBANG}\necho\n"),
        ("", f"{SHEBANG}\n"),
        ("#!/bin/bash\necho", f"{SHEBANG}\necho"),
        ("#!/bin/bash", f"{SHEBANG}\n"),
        ("#!/usr/bin/env -S qq run\r\necho", f"{SHEBANG}\necho"),
        ("\ufeff#!/bin/bash\necho", f"{SHEBANG}\necho"),
        ("# comment", f"{SHEBANG}\n# comment"),
    ],
)
def test_the_shebang_is_added_or_replaced_and_the_rest_stays(before: str, after: str) -> None:
    assert with_shebang(before) == after
    assert check_shebang(after, "run.sh").value_or("") == SHEBANG


@pytest.mark.parametrize(
    ("first", "program"),
    [
        ("#!/usr/bin/env -S python3 -u", "python3 -u"),
        ("#!/usr/bin/python3", "python3"),
        ("#!/usr/bin/env python3", "python3"),
        ("#!/bin/bash", None),
        ("#!/usr/bin/env -S qq run", None),
        ("#!", None),
        ("#!/usr/bin/env", None),
        ("echo", None),
    ],
)
def test_the_interpreter_that_a_replaced_shebang_named_is_known(first: str, program: str | None) -> None:
    assert replaced_interpreter(f"{first}\nx") == program


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!x\ntrue\n#SBATCH -n 2\n", []),
        ("#!x\n# SBATCH -n 2\n#SBATCHING is fun\n#PBS\n", []),
        ("#!x\n\n#SBATCH -n 2  \ntrue", ["line 3 means nothing to qq (#SBATCH -n 2)"]),
        ("#!x\n#PBS -l ncpus=2\n#PBS -N me\n", ["line 2, as others, means nothing to qq (#PBS -l ncpus=2)"]),
    ],
)
def test_lines_for_a_batch_system_are_noticed(text: str, said: list[str]) -> None:
    assert [words.partition(":")[0] for words in foreign_directives(text)] == said
