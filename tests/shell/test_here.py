"""Where and who we are."""

import os
import sys
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.records.site import Site
from qq.core.replacing import replace
from qq.shell.here import current_directory, current_umask, host_name, is_shared, own_path, regular_bytes, user_name
from tests.core.submission.cases import CLUSTER, LOCAL


def test_pwd_counts_if_it_names_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "real")
    real, link = str((tmp_path / "real").resolve()), str(tmp_path / "link")
    assert current_directory({"PWD": link}) == link
    assert current_directory({"PWD": str(tmp_path)}) == real
    assert current_directory({"PWD": f"{tmp_path}/nowhere"}) == real
    assert current_directory({"PWD": "."}) == real
    assert current_directory({}) == real


def test_this_very_qq_is_the_one_beside_its_python() -> None:
    assert own_path() == str(Path(sys.executable).parent / "qq")


def test_the_umask_is_read_and_stays() -> None:
    before = os.umask(0o027)
    try:
        assert current_umask() == 0o027
        assert current_umask() == 0o027
    finally:
        os.umask(before)


def test_this_host_is_never_called_by_the_name_of_the_loopback() -> None:
    assert host_name()
    assert not host_name().startswith("localhost") or os.uname().nodename.startswith("localhost")


def test_the_user_has_a_name() -> None:
    assert user_name()


@pytest.mark.parametrize(
    ("site", "shared"),
    [
        (LOCAL, False),
        (replace(LOCAL, input_shared=True), False),
        (CLUSTER, False),
        (replace(CLUSTER, input_shared=True), True),
        (replace(CLUSTER, shared_paths=pvector(["/"])), True),
        (replace(CLUSTER, shared_paths=pvector(["/nowhere"])), False),
        (replace(CLUSTER, shared_types=pvector(["proc"])), False),
    ],
)
def test_storage_is_shared_if_the_site_says_so(site: Site, shared: bool, tmp_path: Path) -> None:
    assert is_shared(str(tmp_path), site) is shared


def test_a_type_of_file_system_may_be_shared() -> None:
    assert is_shared("/proc", replace(CLUSTER, shared_types=pvector(["proc"])))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert regular_bytes(str(tmp_path / "file")) == b"12345"
    assert regular_bytes(str(tmp_path / "file"), 3) == b"123"
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        with pytest.raises(OSError, match="no regular file"):
            regular_bytes(str(tmp_path / name))


def test_the_umask_is_read_without_setting_it_under_the_files_of_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "umask", lambda _mask: pytest.fail("the umask was set"))
            assert current_umask() == 0o027
    finally:
        os.umask(before)
