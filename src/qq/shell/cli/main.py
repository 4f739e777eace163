"""The console script. Answers what must be quick before anything else is imported; the rest is click's."""

import sys

QUICK = ("info", "jobs")
"""Commands that only look and print: nothing is collected while they run, nothing is tidied up after them."""


def main() -> None:
    """`qq …`: ends the process with the command's exit code."""
    words = sys.argv[1:]
    if words == ["--version"]:
        from qq._version import VERSION

        print(f"qq {VERSION}")
        return
    if words[:1] == ["run"]:
        sys.exit(_run())
    if words[:1] == ["act"]:
        from qq.shell.act import main as act

        sys.exit(act(words[1:]))
    if words[:1] and words[0] in QUICK:
        _quickly(words)
    from qq.shell.cli.group import start

    sys.exit(start(words))


def _run() -> int:
    """A job's life. What is loaded for it stays: the garbage collector need not look at it, now or later."""
    import gc

    gc.disable()
    from qq.shell.run import main as run

    gc.freeze()
    gc.enable()
    return run()


def _quickly(words: list[str]) -> None:
    """A sixth of such a command's time would go to the garbage collector and to taking the interpreter apart."""
    import gc
    import os

    gc.disable()
    if words[0] == "info":
        _plainly(words[1:])
    from qq.shell.cli.group import start

    code = start(words)
    sys.stderr.flush()
    os._exit(code)


def _plainly(words: list[str]) -> None:
    """`qq info` with the usual words ends here, without click; returns if there are others."""
    import os

    from qq.shell.cli.brief import plainly, show
    from qq.shell.cli.ending import guarded

    usual = plainly(words)
    if usual is not None:
        selection, brief = usual
        code = guarded(lambda: show(selection, brief=brief))
        sys.stderr.flush()
        os._exit(code)
