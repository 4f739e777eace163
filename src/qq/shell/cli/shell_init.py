"""`qq shell-init`: prints what a shell's start-up file takes: a `qq cd` that goes there, and completion."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from qq.core.nearest import did_you_mean
from qq.shell.present.plain import plain

F = TypeVar("F", bound=Callable[..., Any])

SHELLS = ("bash", "zsh", "fish")

# What the command prints is a directory if it is absolute, else help. The full stop keeps newlines at the name's end.
_POSIX = """\
qq() {
    if [ "${1-}" != cd ]; then
        command qq "$@"
        return
    fi
    local there
    there="$(command qq "$@" && printf .)" || return
    case "$there" in
        /*) there="${there%.}" && cd -- "${there%?}" ;;
        *) printf '%s' "${there%.}" ;;
    esac
}
"""
_FISH = """\
function qq --description 'runs jobs; qq cd goes to the directory of one'
    if test "$argv[1]" != cd
        command qq $argv
        return
    end
    set -l lines (command qq $argv)
    or return
    if not string match -q -- '/*' "$lines[1]"
        printf '%s\\n' $lines
        return
    end
    set -l there $lines[1]
    set -e lines[1]
    for line in $lines
        set there $there\\n$line
    end
    cd $there
end
"""
_ZSH = """\
if ! (( $+functions[compdef] )); then
    autoload -Uz compinit && compinit -i
fi
"""
_FUNCTIONS = {"bash": _POSIX, "zsh": _POSIX + _ZSH, "fish": _FISH}


def takes_shell(function: F) -> F:
    """Adds the name of a shell to a command, which gets it as ``shell``."""
    return click.argument("shell", metavar="bash|zsh|fish", callback=_known, shell_complete=_complete)(function)


def _known(_ctx: click.Context, _parameter: click.Parameter, word: str) -> str:
    if word not in SHELLS:
        hint = did_you_mean(word, SHELLS, f"there are {', '.join(SHELLS)}")
        raise click.UsageError(f"no such shell: {plain(word)}{hint}")
    return word


def _complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [shell for shell in SHELLS if shell.startswith(incomplete)]


def completion(shell: str) -> str:
    """The script that teaches a shell to complete qq's commands, options, scripts and job ids."""
    from click.shell_completion import get_completion_class

    from qq.shell.cli.group import COMPLETE_VARIABLE, group

    kind = get_completion_class(shell)
    assert kind is not None  # click has all three
    made = kind(group, {}, "qq", COMPLETE_VARIABLE)
    return str(made.source_template % made.source_vars()).strip("\n")


def block(shell: str) -> str:
    """All that the start-up file takes."""
    return _FUNCTIONS[shell] + completion(shell)


@click.command(short_help="Print what your shell's start-up file takes: completion, and qq cd.")
@takes_shell
def command(shell: str) -> int:
    """Print what makes a shell complete qq's commands, options, scripts and job ids, and lets 'qq cd' go to a job.

    For bash, put the line below at the end of ~/.bashrc (for zsh, of ~/.zshrc, with zsh in place of bash). For fish, at
    the end of ~/.config/fish/config.fish: qq shell-init fish | source
    """
    click.echo(block(shell))
    return 0
