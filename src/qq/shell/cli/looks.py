"""Lines for stdout, as the user wants terminals to be coloured; plainly elsewhere."""

import os

from qq.core.predicting.layout import Lines
from qq.shell.present.pieces import has_colours, shown


def coloured(lines: Lines) -> str:
    """The lines as text. The configuration is read only where there are colours."""
    if not has_colours():
        return shown(lines, None)
    from qq.shell.configuration import theme_of

    return shown(lines, theme_of(os.environ))
