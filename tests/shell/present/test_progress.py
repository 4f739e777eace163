"""The bar that is shown while files come: how much of how much, how fast, and for how long still."""

import os
import sys
from pathlib import Path

from tests.terminal import terminal

SHOWS = """
from qq.shell.present.progress import progress
with progress("7.local (run.sh)") as (expect, advance):
    expect(3 << 20)
    expect(1 << 20)
    for _ in range(4):
        advance(1 << 18)
    input()
print("over")
"""


def test_on_a_terminal_it_shows_bytes_rate_and_time_left(tmp_path: Path) -> None:
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with terminal([sys.executable, "-c", SHOWS], environ, tmp_path) as made:
        shown = made.until("1.0/4.0 MiB") + made.until("/s")
        assert "7.local (run.sh)" in shown
        made.until(" 0:0")  # hours and minutes, whatever the rate was
        made.type("\n")
        made.until("over")
        assert made.end() == 0
