"""The console script. Answers what must be quick before anything else is imported; the rest is click's."""

import os
import sys


def main() -> None:
    """`qq …`: ends the process with the command's exit code."""
    _open_what_is_closed()
    words = sys.argv[1:]
    if words == ["--version"]:
        from qq._version import VERSION

        try:
            print(f"qq {VERSION}", flush=True)
        except OSError as error:
            from qq.shell.cli.ending import outside

            _end(outside(error))
        return
    import gc

    gc.set_threshold(100_000)  # a seventh of a command's start would go to looking for garbage where there is none
    if words[:1] == ["run"]:
        from qq.shell.run import main as run

        sys.exit(run())
    if words[:1] == ["act"]:
        from qq.shell.act import main as act

        _end(act(words[1:]))
    if words[:1] == ["info"]:
        _plainly(words[1:])
    from qq.shell.cli.group import start

    _end(start(words))


def _open_what_is_closed() -> None:
    """A stream that the caller closed (`qq jobs >&-`) leads nowhere: else the next file would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))


def _end(code: int) -> None:
    """Ends the process without taking the interpreter apart, which takes longer than many a command."""
    from contextlib import suppress

    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody is there to be told
            stream.flush()
    os._exit(code)


def _plainly(words: list[str]) -> None:
    """`qq info` with the usual words ends here, without click; returns if there are others."""
    from qq.shell.cli.brief import plainly, show
    from qq.shell.cli.ending import guarded

    usual = plainly(words)
    if usual is not None:
        selection, brief = usual
        _end(guarded(lambda: show(selection, brief=brief)))
