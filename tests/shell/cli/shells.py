"""Shells that have read `qq shell-init`: as scripts see them, and as a person who types into them."""

import re
import subprocess

from tests.shell.cli.conftest import PATIENCE, Ended, Qq
from tests.terminal import terminal

INTO = {
    "bash": 'eval "$(qq shell-init bash)"',
    "zsh": 'eval "$(qq shell-init zsh)"',
    "fish": "qq shell-init fish | source",
}
"""Shell → the line of its start-up file."""
_BARE = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}
"""Without anybody's start-up files."""
_TO_BEGIN, _TO_END = "\x01", "\x05"
"""Keys that move to the ends of the line."""
CODE = {"bash": "$?", "zsh": "$?", "fish": "$status"}


def in_shell(shell: str, qq: Qq, *lines: str) -> Ended:
    """Runs these lines in a shell that has read the block."""
    done = subprocess.run(
        [shell, *_BARE[shell], "-c", "\n".join([INTO[shell], *lines])],
        cwd=qq.cwd,
        env=qq.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=PATIENCE,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def completed(shell: str, qq: Qq, typed: str) -> list[str]:
    """The words of a command line after this was typed into it, with a tab at its end."""
    if shell == "fish":
        done = in_shell(shell, qq, f"complete -C '{typed}'")
        *words, _ = typed.split(" ")
        return [*words, *(line.partition("\t")[0] for line in done.out.splitlines())]
    with terminal([shell, *_BARE[shell], "-i"], {**qq.env, "TERM": "xterm"}, qq.cwd) as made:
        made.type(f"{INTO[shell]}; echo rea''dy\n")
        made.until("ready")
        made.type(f"{typed}\t{_TO_BEGIN}printf '<%s>' {_TO_END}; echo the''end\n")
        return re.findall(r"<([^<>%\n]*)>", made.until("theend"))
