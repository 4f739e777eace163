"""What long work looks at between its pieces: whether it should stop, and whom to tell how far it is."""

from collections.abc import Callable

from msgspec import Struct


def _never() -> bool:
    return False


def _nobody(_bytes: int, _files: int) -> None:
    return None


class Watch(Struct, frozen=True):
    """``interrupted``: a signal has asked for the end; ``progress``: told bytes and files done since the last call."""

    interrupted: Callable[[], bool] = _never
    progress: Callable[[int, int], None] = _nobody
