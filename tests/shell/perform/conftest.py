"""A file system of a few MB, for tests that fill it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 4 MiB and few inodes. Root mounts it; others need a name space of their own around the test run."""
    path = tmp_path / "small disk"
    path.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=100", "qq-test", str(path)], capture_output=True, check=False
    )
    if done.returncode:
        hint = "run the tests as root, or under: unshare --user --map-root-user --mount"
        pytest.fail(f"no small file system can be mounted ({os.fsdecode(done.stderr).strip()}); {hint}")
    yield path
    subprocess.run(["umount", str(path)], check=True)
