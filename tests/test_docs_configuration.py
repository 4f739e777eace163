"""The page of configuration names every key that is read, with the default that holds without it."""

import re
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import fields

from qq.core.configuration import OLDER_OPTIONS, OPEN, SETTINGS, parse_configuration
from qq.core.options import find_option
from qq.core.records.site import Settings, Site
from qq.core.result import Success
from qq.core.setting_keys import TABLES
from qq.core.sites import BUILT_IN, SITE_KEYS, parse_sites
from qq.shell.configuration import BUILT_IN_SITES
from scripts.configuration_page import TABLES as TABLES_ON_PAGE
from scripts.configuration_page import page, table

PAGE = (Path(__file__).parent.parent / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
EXAMPLES = [tomllib.loads(text) for text in re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
KEYS = [f"{table}.{key}" for table, keys in TABLES.items() for key in keys]


def test_the_tables_are_made_from_the_lists() -> None:
    assert page(PAGE) == PAGE
    assert [name for name, keys in TABLES_ON_PAGE.items() if "\n".join(table(keys)) not in PAGE] == []


def row_of(key: str) -> list[str]:
    (row,) = [row for row in ROWS if f"`{key}`" in row[0]]
    return row


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGE


def test_every_key_that_is_explained_is_read() -> None:
    shown = {word for row in ROWS for word in re.findall(r"`(\w+\.\w+)`", row[0])}
    assert shown <= set(KEYS)


def test_tables_that_others_read_are_named() -> None:
    assert [end for end in OPEN if f"`{end}`" not in PAGE] == []


@pytest.mark.parametrize("field", SETTINGS)
def test_defaults_of_settings(field: str) -> None:
    default = getattr(Settings(), field)
    shown = str(int(default)) if isinstance(default, float) else str(default)
    assert row_of(SETTINGS[field][0])[2].strip("`") == shown


@pytest.mark.parametrize("name", OLDER_OPTIONS)
def test_defaults_of_options_that_older_keys_set(name: str) -> None:
    option = find_option(name)
    assert option is not None
    key = OLDER_OPTIONS[name]
    assert row_of(key)[2].strip("`") == option.default


@pytest.mark.parametrize("key", sorted(SITE_KEYS))
def test_every_field_of_a_site_is_explained(key: str) -> None:
    default = next((f.default for f in fields(Site) if f.name == key), None)
    row = row_of(key)
    if isinstance(default, bool):
        assert row[2] == str(default).lower()
    elif isinstance(default, float):
        assert row[2] == str(int(default))


def test_no_field_is_explained_that_a_site_does_not_have() -> None:
    made = PAGE.partition("configuration_page.py: sites -->")[2]
    assert set(re.findall(r"^\| `(\w+)` ", made, re.MULTILINE)) == SITE_KEYS


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_site_is_listed_as_it_is(name: str) -> None:
    table = tomllib.loads((BUILT_IN_SITES / f"{name}.toml").read_text(encoding="utf-8"))
    row = next(row for row in ROWS if row[0].startswith(f"`{name}`"))
    assert f"`{table['batch_system']}`" in row[2]
    types = [table["default_work_dir"], *(t for t in table["scratch"] if t != table["default_work_dir"]), "input_dir"]
    assert re.findall(r"`(\w+)`", row[3]) == types
    assert table.get("found_by", "nothing else") in row[1]


def test_sites_are_listed_in_the_order_in_which_they_are_looked_for() -> None:
    listed = [row[0].split("`")[1] for row in ROWS if row[0].startswith(tuple(f"`{name}`" for name in BUILT_IN))]
    assert listed == list(BUILT_IN)


def test_the_examples_are_understood_without_a_warning() -> None:
    configuration, *sites = EXAMPLES
    parsed = parse_configuration(configuration, "example")
    assert isinstance(parsed, Success)
    assert list(parsed.unwrap().warnings) == []
    local = tomllib.loads((BUILT_IN_SITES / "local.toml").read_text(encoding="utf-8"))
    assert isinstance(parse_sites([*((str(i), site) for i, site in enumerate(sites)), ("local", local)]), Success)
    assert [key for site in sites for key in site if key not in SITE_KEYS] == []
