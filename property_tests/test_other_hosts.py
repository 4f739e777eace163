"""Laws of what crosses to another host: every name survives, and no word means more than itself."""

import shlex

from hypothesis import event, given
from hypothesis import strategies as st

from qq.core.arrival import innermost
from qq.core.changes import parents, select
from qq.core.effects import Location
from qq.core.hosts import is_host_name
from qq.core.listing import Entry, Listing
from qq.core.rsync import End, copy_argv, escaped, file_list, included_list, remote_shell
from qq.core.ssh import remote_argv

AWKWARD = b"a*?[]\\#;. -'\"\n~$\xff"
names = st.one_of(
    st.lists(st.sampled_from([bytes([c]) for c in AWKWARD]), min_size=1, max_size=6).map(b"".join),
    st.binary(min_size=1, max_size=20).map(lambda name: name.replace(b"\0", b"0").replace(b"/", b"1")),
).filter(lambda name: name not in (b".", b".."))
paths = st.lists(names, min_size=1, max_size=4).map(b"/".join)
listings = st.lists(paths, max_size=12, unique=True).map(
    lambda found: Listing.of(Entry(path, b"f", 1, 1, 1, 1) for path in found)
)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def globbed(pattern: bytes) -> bytes | None:
    """The one path that a pattern stands for, as rsync reads it: without ``* ? [`` it is none. None: for any other."""
    if not any(sign in pattern for sign in b"*?["):
        return pattern
    literal, rest = bytearray(), iter(pattern)
    for sign in rest:
        if sign in b"*?[":
            return None
        literal.append(next(rest) if sign == ord("\\") else sign)
    return bytes(literal)


@given(paths)
def test_the_other_hosts_rsync_takes_a_path_as_it_is(path: bytes) -> None:
    event("with a pattern" if any(sign in path for sign in b"*?[") else "without")
    assert globbed(escaped(b"/" + path + b"/")) == b"/" + path + b"/"


@given(listings)
def test_the_list_names_every_entry_and_its_directories_once_parents_first(entries: Listing) -> None:
    sent = file_list(entries).split(b"\0")
    assert sent.pop() == b""
    assert all(name.startswith(b"./") and not name.endswith(b"/") for name in sent)
    found = [name[2:] for name in sent]
    wanted = {above for entry in entries for above in (entry.path, *parents(entry.path))}
    assert len(found) == len(set(found)) and set(found) == wanted
    place = {name: number for number, name in enumerate(found)}
    assert all(place[above] < place[name] for name in found for above in parents(name))


@given(listings)
def test_looking_at_the_innermost_entries_shows_all(entries: Listing) -> None:
    looked_at = frozenset(innermost(entries))
    for entry in entries:
        assert entry.path in looked_at or any(entry.path in parents(path) for path in looked_at)
    assert {entry.path for entry in select(entries, looked_at)} == looked_at


@given(st.lists(paths, max_size=5))
def test_included_paths_are_cut_right_before_their_last_component(found: list[bytes]) -> None:
    texts = ["/" + path.decode("utf-8", "surrogateescape") for path in found]
    sent = included_list(texts).split(b"\0")[:-1]
    for path, name in zip(found, sent, strict=True):
        above, last = name.rsplit(b"/./", 1)
        assert last == path.rsplit(b"/", 1)[-1]
        assert (above + b"/" + last).lstrip(b"/") == path


def split_by_rsync(text: str) -> list[str]:
    """As rsync(1), --rsh, says: blanks part words, quotes keep them together, a doubled quote is itself."""
    found: list[str] = []
    word: str | None = None
    quote = ""
    position = 0
    while position < len(text):
        sign = text[position]
        if quote and sign == quote:
            if text[position + 1 : position + 2] == quote:
                word = (word or "") + quote
                position += 1
            else:
                quote = ""
        elif not quote and sign in "'\"":
            quote, word = sign, word or ""
        elif not quote and sign == " ":
            if word is not None:
                found.append(word)
            word = None
        else:
            word = (word or "") + sign
        position += 1
    return found if word is None else [*found, word]


@given(st.lists(words, min_size=1, max_size=5))
def test_rsync_splits_the_remote_shell_into_the_same_words(found: list[str]) -> None:
    assert split_by_rsync(remote_shell(found)) == found


@given(st.lists(words, min_size=1, max_size=5))
def test_a_remote_shell_sees_the_same_words(command: list[str]) -> None:
    *_, host, text = remote_argv(["ssh"], "node1", command)
    assert host == "node1"
    assert shlex.split(text) == command


@given(words)
def test_no_name_of_a_host_is_an_option_or_more_than_a_name(text: str) -> None:
    if is_host_name(text):
        event("a name")
        assert not text.startswith("-") and text.isascii()
        assert shlex.quote(text) == text and ":" not in text and "@" not in text
        assert str(Location("/x", text)) == f"{text}:/x"


@given(paths, paths)
def test_argv_carries_any_path_of_either_end(src: bytes, dst: bytes) -> None:
    texts = [path.decode("utf-8", "surrogateescape") for path in (src, dst)]
    argv = copy_argv(["ssh"], End("/" + texts[0]), End("/" + texts[1], "node1"), largest=1)
    assert argv[argv.index(b"--") + 1] == b"/" + src.rstrip(b"/") + b"/"
    assert globbed(argv[-1].removeprefix(b"node1:")) == b"/" + dst + b"/"
