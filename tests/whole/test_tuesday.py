"""`docs/tuesday-morning.md`: its commands, in their order, on 12 replicas instead of 200, print what the page shows."""

import re
import subprocess
from pathlib import Path

from tests.whole.desk import make_desk

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tuesday-morning.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
REPLICAS = 12  # one of each kind that went wrong: the 3rd, the 7th and the 11th
SAME = (
    (r"^[│╭╰─╮╯ ]+|[│╭╰─╮╯ ]+$", ""),
    (r"\S*/", "/"),
    (r"killed by \w+ at", "killed by at"),
    (r"^node +\S+$", "node"),
    (r"\d+(\.\d+)?", "0"),
    (r" k?B\b", " B"),
    (r" +", " "),
)


def shape(line: str) -> str:
    """A line without what differs from run to run and place to place: numbers, paths, hosts, users, borders."""
    for pattern, put in SAME:
        line = re.sub(pattern, put, line)
    return line


def shown() -> list[tuple[str, list[str]]]:
    """The commands of the page, each with the lines that it shows, but for those left out."""
    parts = [part for block in CONSOLE.findall(PAGE.read_text()) for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
    return [(part.splitlines()[0], [line for line in part.splitlines()[1:] if line != "…"]) for part in parts]


def test_the_walk_through_is_true(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    env = {**desk.env, "COLUMNS": "200"}  # so that no path is cut
    top = desk.top / "replicas"
    subprocess.run([ROOT / "scripts" / "tuesday.sh", top, str(REPLICAS)], env=env, timeout=100, check=True)
    commands = shown()
    assert {"info", "sync", "respawn", "wait"} == {line.split()[1] for line, _ in commands if line.startswith("qq ")}
    for command, lines in commands:
        argv = ["bash", "-c", command]
        done = subprocess.run(argv, env=env, cwd=top, capture_output=True, text=True, timeout=60, check=False)
        printed = {shape(line) for line in (done.stdout + done.stderr).splitlines()}
        assert [line for line in lines if shape(line) not in printed] == [], (command, done.stdout, done.stderr)
    assert all((path / "energies").read_text().count("\n") == 10 for path in top.iterdir())
