"""Laws: hypothesis with the profile that the environment names, and the time that a law may take with it."""

from pathlib import Path

import pytest

from tests.profiles import LIMIT, load_profile

load_profile()
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A law's time limit is that of all its examples together."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(LIMIT))
