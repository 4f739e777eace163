"""Who may write a mark beside a working directory: one rule for the real performers and the model world."""

from qq.core.effects import NoteCode, Stage


def came_later(token: str | None, attempt: int, effect: Stage) -> bool:
    """Whether the mark that stands there is of a later attempt of the same job: who stages was given up."""
    return token == effect.token and attempt > effect.attempt


def is_own(token: str, attempt: int, effect: NoteCode) -> bool:
    """Whether the mark that stands there is of the attempt whose script ended."""
    return (token, attempt) == (effect.token, effect.attempt)
