"""The run scripts to start from: files of the package, called like the templates; line two says what each is for."""

from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / "templates"


def template_names() -> list[str]:
    """All there are, by name."""
    return sorted(path.name for path in TEMPLATES.iterdir())


def template_text(name: str) -> str:
    """The script."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def purpose(name: str) -> str:
    """What the script is for, in a line."""
    return template_text(name).splitlines()[1].lstrip("# ")
