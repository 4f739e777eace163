"""`qq shebang`: adds the line to a script that makes it a job, or prints it."""

import os
import stat
from pathlib import Path

import click

from qq.core.directives import SHEBANG, replaced_interpreter, with_shebang
from qq.core.exitcodes import TROUBLE
from qq.core.paths import to_bytes
from qq.shell.cli.options import complain, tell
from qq.shell.here import regular_bytes


@click.command(short_help="Add the line to a script that makes it a job.")
@click.argument("scripts", nargs=-1, metavar="[SCRIPT]...", type=click.Path(path_type=str, readable=False))
def command(scripts: tuple[str, ...]) -> int:
    """Add the first line that 'qq submit' needs to each SCRIPT, or replace the one that is there.

    Without a script, print that line.
    """
    if not scripts:
        tell(SHEBANG)
        return 0
    return TROUBLE if sum(map(_failed, scripts)) else 0


def _failed(script: str) -> bool:
    """Changes one script; True if it could not be."""
    path = Path(script)
    try:
        text = _read(path)
        changed = with_shebang(text)
        if changed != text:
            _replace(path, changed)
    except UnicodeDecodeError as error:
        complain(f"{script}: not changed: it is not UTF-8 (byte {error.start})")
        return True
    except OSError as error:
        complain(f"{script or repr(script)}: not changed: {(error.strerror or str(error)).lower()}")
        return True
    _tell(script, text, changed)
    return False


def _read(path: Path) -> str:
    return regular_bytes(str(path)).decode("utf-8")


def _replace(path: Path, text: str) -> None:
    """Whole old or whole new, with the same mode; a link stays one."""
    from qq.shell.perform.atomic import write_atomic

    real = path.resolve()
    mode = stat.S_IMODE(real.stat().st_mode)
    if not os.access(real, os.W_OK):
        raise PermissionError(13, "permission denied", str(path))
    write_atomic(to_bytes(str(real)), [text.encode("utf-8")], durable=True)
    real.chmod(mode)


def _tell(script: str, text: str, changed: str) -> None:
    if changed == text:
        tell(f"{script}: has the line already")
        return
    tell(f"{script}: begins with '{SHEBANG}' now")
    program = replaced_interpreter(text)
    if program:
        quoted = f'"{program}"' if " " in program else program
        complain(f"{script}: it was a script for {program}; if it still is, add the line '# qq interpreter {quoted}'")
