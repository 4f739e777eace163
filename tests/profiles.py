"""How many examples hypothesis tries: one place for both test trees.

`HYPOTHESIS_PROFILE` chooses; dev is the default, so that a run by hand is quick. What guards a change (ci, short) tries
the same examples every time; dev and nightly look for new ones.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

EXAMPLES = {"short": 20, "dev": 50, "ci": 500, "nightly": 10_000}
REPEATABLE = ("short", "ci")
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or "dev"
LIMIT = 6 * 3600 if PROFILE == "nightly" else 600
"""Seconds for one law with all its examples."""


def load_profile() -> None:
    """Registers the profiles and loads the one that the environment names; no deadline in any of them."""
    for name, examples in EXAMPLES.items():
        settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,
            derandomize=name in REPEATABLE,
            database=None if name in REPEATABLE else DirectoryBasedExampleDatabase(".hypothesis/examples"),
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        )
    settings.load_profile(PROFILE)
