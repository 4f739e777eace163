"""What rsync is asked for between two hosts, and what its exit codes mean."""

import pytest

from qq.core.listing import Entry, Listing
from qq.core.rsync import (
    HOLES,
    End,
    Progress,
    compare_argv,
    copy_argv,
    escaped,
    file_list,
    include_argv,
    include_directory_argv,
    included_list,
    missing_rsync,
    progress_in,
    remote_shell,
    rsync_trouble,
    silent,
    tells,
)
from qq.core.troubles import Reason, Trouble

SHELL = ("ssh", "-o", "ControlPath=/tmp/a b/it's")
FAR, NEAR = End("/home/[a]", "node1"), End("/w")


def entry(path: bytes, kind: bytes = b"f") -> Entry:
    return Entry(path, kind, 1, 1, 1, 1)


def test_directories_are_named_and_never_recursed_into() -> None:
    argv = copy_argv(SHELL, NEAR, FAR, largest=1)
    assert b"--dirs" in argv and b"--no-implied-dirs" in argv
    assert not {b"-r", b"-a", b"--recursive", b"--archive"} & set(argv)


def test_nothing_is_a_pattern_and_the_list_comes_by_standard_input() -> None:
    argv = copy_argv(SHELL, NEAR, FAR, largest=1)
    assert b"--files-from=-" in argv and b"--from0" in argv and b"-s" in argv
    assert not any(word.startswith((b"--exclude", b"--include", b"--filter")) for word in argv)


def test_rsync_decides_nothing_by_size_and_time_and_has_no_limit_on_the_whole() -> None:
    argv = copy_argv(SHELL, NEAR, FAR, largest=1)
    assert b"--ignore-times" in argv and b"--modify-window=-1" in argv
    assert not any(word.startswith(b"--timeout") for word in argv)


def test_what_is_not_whole_stands_in_a_directory_of_ours_and_is_used_again() -> None:
    argv = copy_argv(SHELL, NEAR, FAR, largest=1)
    assert b"--partial-dir=/home/[a]/.qq-rsync" in argv
    assert b"--no-whole-file" in argv
    assert b"--append" not in argv and b"--inplace" not in argv


def test_holes_are_looked_for_only_where_they_are_worth_it() -> None:
    assert b"--sparse" not in copy_argv(SHELL, NEAR, FAR, largest=HOLES - 1)
    assert b"--sparse" in copy_argv(SHELL, NEAR, FAR, largest=HOLES)
    assert b"--sparse" in include_argv(SHELL, "node1", NEAR, follow=False)


def test_the_ends_come_last_and_the_other_hosts_is_escaped() -> None:
    assert copy_argv(SHELL, NEAR, FAR, largest=1)[-3:] == [b"--", b"/w/", rb"node1:/home/\[a\]/".replace(rb"\]", b"]")]
    assert copy_argv(SHELL, End("/w*/"), End("/\udcff"), largest=1)[-2:] == [b"/w*/", b"/\xff/"]


def test_a_source_that_vanished_may_be_no_failure() -> None:
    assert b"--ignore-missing-args" in copy_argv(SHELL, NEAR, FAR, largest=1, vanished_ok=True)
    assert b"--ignore-missing-args" not in copy_argv(SHELL, NEAR, FAR, largest=1)


def test_included_paths_are_recursed_into_and_links_to_files_followed() -> None:
    assert b"--recursive" in include_argv(SHELL, "node1", NEAR, follow=False)
    follow = include_argv(SHELL, "node1", NEAR, follow=True)
    assert b"--copy-links" in follow and b"--recursive" not in follow
    assert follow[-2:] == [b"node1:/", b"/w/"]
    whole = include_directory_argv(SHELL, FAR, NEAR, "current")
    assert whole[-1] == b"/w/current/" and b"--partial-dir=/w/.qq-rsync" in whole and b"--files-from=-" not in whole


def test_contents_are_compared_without_copying() -> None:
    argv = compare_argv(SHELL, NEAR, FAR)
    assert b"--dry-run" in argv and b"--checksum" in argv and b"--itemize-changes" in argv
    assert b"--times" not in argv and b"--perms" not in argv


def test_the_list_names_each_entry_once_with_its_directories_and_without_comments() -> None:
    entries = Listing.of([entry(b"#x"), entry(b"a/b/c"), entry(b"a/b/d\n"), entry(b"e", b"d")])
    assert file_list(entries) == b"./#x\0./a\0./a/b\0./a/b/c\0./a/b/d\n\0./e\0"


def test_included_paths_keep_their_last_component_only() -> None:
    assert included_list(["/data/lib/x y", "/top", "//two"]) == b"data/lib/./x y\0/./top\0/./two\0"


@pytest.mark.parametrize(
    ("path", "expected"),
    [(rb"/plain\b", rb"/plain\b"), (rb"/a*\b", rb"/a\*\\b"), (b"/q?[x]", rb"/q\?\[x]"), (b"/a b'$", b"/a b'$")],
)
def test_backslashes_count_only_beside_patterns(path: bytes, expected: bytes) -> None:
    assert escaped(path) == expected


def test_the_remote_shell_is_one_word_that_rsync_splits_again() -> None:
    assert remote_shell(SHELL) == "ssh -o 'ControlPath=/tmp/a b/it''s'"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"     43286528  14%   38.80MB/s    0:00:06  ", Progress(43286528, 7)),
        (b"  700,000 100%", Progress(1, 7)),
        (b"    700000 100%   13.35MB/s    0:00:00 (xfr#12, to-chk=3/20)", Progress(700000, 12)),
        (b"skipping non-regular file", Progress(1, 7)),
    ],
)
def test_progress(line: bytes, expected: Progress) -> None:
    assert progress_in(line, Progress(1, 7)) == expected


SPACE = (
    'rsync: [receiver] write failed on "/h/a": No space left on device (28)\nrsync error: error in file IO (code 11)'
)
GONE = 'rsync: [sender] link_stat "/w/a (13)" failed: No such file or directory (2)\nrsync error: some files (code 23)'
OPEN = 'rsync: [sender] send_files failed to open "/w/a": Permission denied (13)\n'
WAY = "cannot delete non-empty directory: d/f\ncould not make way for new regular file: d/f\n"
BROKE = "rsync: connection unexpectedly closed (5 bytes received so far) [sender]\nrsync error: (code 12)"
NOT_FOUND = "bash: line 1: rsync: command not found\nrsync: connection unexpectedly closed\n"


@pytest.mark.parametrize(
    ("code", "said", "reason", "words", "transient"),
    [
        (11, SPACE, Reason.NO_SPACE, 'write failed on "/h/a": No space left on device', False),
        (23, GONE, Reason.NO_SUCH_FILE, 'link_stat "/w/a (13)" failed', False),
        (23, OPEN, Reason.PERMISSION, 'failed to open "/w/a"', False),
        (23, WAY, Reason.PLACE_TAKEN, "d/f", False),
        (24, 'file has vanished: "/w/a"', Reason.IO_ERROR, "/w/a", True),
        (12, BROKE, Reason.HOST_UNREACHABLE, "the connection broke (n1)", True),
        (10, "", Reason.HOST_UNREACHABLE, "the connection broke (n1)", True),
        (12, NOT_FOUND, Reason.TOOL_MISSING, "rsync is missing on n1", False),
        (127, "sh: 1: rsync: not found", Reason.TOOL_MISSING, "rsync is missing on n1", False),
        (255, "Host key verification failed.", Reason.HOST_UNREACHABLE, "ssh n1", False),
        (2, "protocol version mismatch -- is your shell clean?", Reason.HOST_UNREACHABLE, "of its own", False),
        (20, "", Reason.INTERRUPTED, "interrupted", True),
        (77, "strange\n", Reason.IO_ERROR, "rsync ended with 77: strange", True),
    ],
)
def test_exit_codes(code: int, said: str, reason: Reason, words: str, transient: bool) -> None:
    trouble = rsync_trouble(code, said, "n1", "can't copy a to b")
    assert (trouble.reason, trouble.transient) == (reason, transient)
    assert words in trouble.words and "\n" not in trouble.words


def test_a_name_with_permission_denied_in_it_is_no_refusal_of_ssh() -> None:
    said = 'rsync: [sender] link_stat "/w/Permission denied (x" failed: No such file or directory (2)\n'
    assert rsync_trouble(23, said, "n1", "doing").reason is Reason.NO_SUCH_FILE


def test_silence_and_absence_name_the_host() -> None:
    assert silent(600, "n1", "can't copy") == Trouble(
        Reason.HOST_UNREACHABLE, "can't copy: nothing came from n1 for 600 s", transient=True
    )
    assert "on n1" in missing_rsync("n1").words


def test_a_code_alone_tells_nothing() -> None:
    assert not tells("") and not tells("\nrsync error: error in file IO (code 11) at main.c(808) [Receiver=3.2.7]\n")
    assert tells('rsync: [Receiver] mkdir "x" failed: File exists (17)\nrsync error: error in file IO (code 11)\n')
