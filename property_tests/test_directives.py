"""Laws of directives: what is written in any style is read back, and no text breaks the reader."""

from collections.abc import Callable

from hypothesis import event, given
from hypothesis import strategies as st

from qq.core.directives import SHEBANG, check_shebang, directives, with_shebang
from qq.core.file_lists import quoted, split_names
from qq.core.options import OPTIONS, Option, Takes
from qq.core.result import Success

NAMES = st.text(alphabet="ab :,'\"\\#=$\t", min_size=1, max_size=6)


def camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


Style = Callable[[str], str]
STYLES: tuple[Style, ...] = (
    str,
    lambda name: name.replace("-", "_"),
    camel,
    lambda name: camel(name)[0].upper() + camel(name)[1:],
)


LINES = st.tuples(
    st.sampled_from(["qq", "QQ", "qQ"]),
    st.sampled_from([" ", "=", " = ", "\t"]),
    st.text(alphabet="abc123", min_size=1, max_size=5),
    st.sampled_from(["", " # comment", "  ", ' # "open']),
)


@given(st.sampled_from([one for one in OPTIONS if one.takes is not Takes.FILES]), st.sampled_from(STYLES), LINES)
def test_an_option_is_read_in_every_style(option: Option, style: Style, line: tuple[str, str, str, str]) -> None:
    qq, between, value, end = line
    found = directives(f"{SHEBANG}\n# {qq} {style(option.name)}{between}{value}{end}\n", "run.sh").unwrap()
    assert [(one.option, one.value, one.place) for one in found] == [(option, value, "run.sh, line 2")]


def escaped(name: str) -> str:
    return "".join(f"\\{character}" for character in name)


WRITTEN = st.lists(st.tuples(NAMES, st.sampled_from([quoted, escaped])), max_size=4)


@given(WRITTEN, st.sampled_from([":", ",", " ", " , "]))
def test_any_name_survives_quoted_or_escaped_in_a_list(names: list[tuple[str, Style]], separator: str) -> None:
    text = separator.join(write(name) for name, write in names)
    assert list(split_names(text, "include").unwrap()) == [name for name, _ in names]


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_any_name_survives_quoted_in_a_directive(names: list[str]) -> None:
    script = f"{SHEBANG}\n# qq include {' '.join(map(quoted, names))} # comment\n"
    (one,) = directives(script, "run.sh").unwrap()
    assert list(split_names(one.value, "include").unwrap()) == names


@given(st.text(alphabet="#q nmecpu='\"\\\n\r1=:", max_size=60))
def test_any_text_gives_directives_or_faults(text: str) -> None:
    result = directives(text, "run.sh")
    event(f"fine: {isinstance(result, Success)}")
    if not isinstance(result, Success):
        lines = text.count("\n") + 1
        assert all(1 <= int(fault.place.rpartition(" ")[2]) <= lines for fault in result.failure())


@given(st.text(alphabet="#!q run/\n\r\ufeff", max_size=40))
def test_with_its_shebang_every_script_is_right_and_adding_it_twice_is_once(text: str) -> None:
    script = with_shebang(text)
    assert isinstance(check_shebang(script, "run.sh"), Success)
    assert with_shebang(script) == script
