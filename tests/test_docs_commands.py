"""The reference of commands and options says what the program says: every command and every option, and no others."""

import re
from pathlib import Path

import click
import pytest

from qq.core.options import OPTIONS, Option
from qq.shell.cli.commands import COMMANDS, EXAMPLES
from qq.shell.cli.group import group

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
IN_CODE = re.compile(r"`([^`\n]+)`")
CALLED = re.compile(r"(?<!# )(?<![\w/.-])qq ([a-z][a-z-]*)")
HIDDEN = {"run"}
"""What the batch system calls, and no person."""
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def sections(text: str) -> dict[str, str]:
    """Command → its section on the page."""
    parts = re.split(r"^## `qq ([a-z-]+)`\n", text, flags=re.MULTILINE)
    return {
        name: re.split(r"^## ", body, flags=re.MULTILINE)[0]
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


SECTIONS = sections((REFERENCE / "commands.md").read_text(encoding="utf-8"))
SUBMIT_OPTIONS = (REFERENCE / "submit-options.md").read_text(encoding="utf-8")


def options_of(name: str) -> set[str]:
    """Long and short options that the help of a command shows."""
    command = group.get_command(click.Context(group), name)
    assert command is not None
    shown = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    return {word for option in shown for word in (*option.opts, *option.secondary_opts)}


def own_options(name: str) -> set[str]:
    """Those of them that the page of commands has to explain."""
    about_scripts = name in ("submit", "plan", "simulate")
    elsewhere = {word for option in OPTIONS for word in words_of(option)} if about_scripts else set()
    return options_of(name) - elsewhere


def words_of(option: Option) -> list[str]:
    return [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_a_command_stand_in_its_section_too(name: str) -> None:
    lines = [line.removeprefix("$ ") for line in SECTIONS[name].splitlines()]
    assert [line for line in EXAMPLES[name] if line not in lines] == []


def test_every_command_has_examples_that_fit_a_narrow_terminal() -> None:
    assert sorted(EXAMPLES) == sorted(COMMANDS)
    assert [line for lines in EXAMPLES.values() for line in lines if len(line) > 58] == []


@pytest.mark.parametrize(("name", "line"), [(name, line) for name in COMMANDS for line in EXAMPLES[name]])
def test_examples_are_about_their_command_and_use_options_that_it_has(name: str, line: str) -> None:
    (part,) = (part for part in re.split('&&|"', line) if part.lstrip("$( ").startswith(f"qq {name}"))
    assert set(re.findall(r"(?<= )--?[a-z][a-z-]*", part)) <= options_of(name)


def test_exactly_the_commands_that_exist_are_documented() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_stands_in_its_section(name: str) -> None:
    assert [option for option in sorted(own_options(name)) if f"`{option}`" not in SECTIONS[name]] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_tables_of_a_section_name_no_other_option(name: str) -> None:
    first_cells = [line.split("|")[1] for line in SECTIONS[name].splitlines() if line.startswith("| `-")]
    assert [word for cell in first_cells for word in IN_CODE.findall(cell) if word not in options_of(name)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name: str) -> None:
    assert re.search(rf"^(\$ |eval .*)\"?.*qq {name}", SECTIONS[name], re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_names_a_command_that_does_not_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    typed = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    called = {name for words in [*IN_CODE.findall(text), *typed] for name in CALLED.findall(words)}
    assert called - set(COMMANDS) - HIDDEN == set()


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_of_a_submission_stands_on_its_page_with_its_default(option: Option) -> None:
    rows = [line for line in SUBMIT_OPTIONS.splitlines() if line.startswith("|") and f"`--{option.name}`" in line]
    assert len(rows) == 1
    (row,) = rows
    assert [word for word in words_of(option) if f"`{word}`" not in row] == []
    assert [choice for choice in option.choices if f"`{choice}`" not in row] == []
    default = row.rstrip(" |").rsplit("|", 1)[1]
    assert option.default in default.replace("`", "")


def test_the_page_of_options_names_no_option_that_does_not_exist() -> None:
    assert set(OPTION.findall(SUBMIT_OPTIONS)) - options_of("submit") == set()
