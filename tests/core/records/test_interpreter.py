"""A record's interpreter is a command line that can be run."""

import pytest

from qq.core.records.reading import command_line
from qq.core.result import Success, failed


def test_words_are_split_as_a_shell_splits_them() -> None:
    assert command_line("python3 -u 'my script'", "interpreter") == Success("python3 -u 'my script'")


@pytest.mark.parametrize("line", ["python3 'x", "", "  ", "''", 7])
def test_what_is_no_command_line_is_a_fault_with_its_place(line: object) -> None:
    faults = failed(command_line(line, "interpreter"))
    assert faults is not None and [fault.place for fault in faults] == ["interpreter"]
