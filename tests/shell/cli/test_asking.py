"""Questions that a command asks before it acts."""

import sys

import pytest

from qq.shell.cli.asking import agreed


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("Y", True), ("n", False), ("\r", False), (None, False)])
def test_only_y_means_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str | None, answer: bool
) -> None:
    def pressed() -> str:
        if key is None:
            raise EOFError  # Ctrl-D
        return key

    monkeypatch.setattr("click.getchar", pressed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert agreed("recover", "go on?", "nothing was changed", ["a line"]) is answer
    shown = capsys.readouterr()
    assert shown.out.startswith("a line\ngo on? [y/N] ") and ("nothing was changed" in shown.err) is not answer
