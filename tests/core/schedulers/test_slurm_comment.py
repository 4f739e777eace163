"""The token and the place of the record, in a job's comment."""

import pytest

from qq.core.schedulers.slurm_comment import MAX_TEXT, comment_of, read_comment


@pytest.mark.parametrize(
    "path",
    ["/home/ada/run.qqinfo", "/a b/'q' \"d\"/x\ny%20|,;$(id).qqinfo", "/h/ü/\udcff.qqinfo"],
)
def test_any_path_comes_back_as_it_was(path: str) -> None:
    comment = comment_of("00ff", path)
    assert read_comment(comment) == ("00ff", path)
    assert comment.isascii()
    assert not set(comment) & set("\"'`\n|")


def test_a_path_that_is_too_long_for_slurm_is_left_out() -> None:
    comment = comment_of("00ff", "/" + "é" * 200 + ".qqinfo")
    assert len(comment) <= MAX_TEXT
    assert read_comment(comment) == ("00ff", None)


def test_other_peoples_comments_are_not_ours() -> None:
    assert read_comment("") == read_comment("(null)") == read_comment("my job: 3") == (None, None)
    assert read_comment("qq:") == (None, None)
    assert read_comment("qq:t:relative.qqinfo") == ("t", None)
    assert read_comment("qq:t:/etc/passwd") == ("t", None)
