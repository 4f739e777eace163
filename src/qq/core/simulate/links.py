"""Where symbolic links lead in the model world, on one host."""

from qq.core.effects import Location
from qq.core.paths import join, to_text
from qq.core.simulate.draft import Draft
from qq.core.simulate.spots import Spot

MAX_LINKS = 40
"""As the kernel: more are a loop."""


def real_spot(draft: Draft, at: Location) -> Spot | None:
    """Where a path leads if every link on its way is followed; None: nowhere."""
    waiting, path = [part for part in reversed(at.path.split("/")) if part], "/"
    left = MAX_LINKS
    while waiting:
        step = join(path, waiting.pop())
        node = draft.look(draft.spot(Location(step, at.host)))
        if node is None:
            return None
        if node.kind != b"l":
            path = step
            continue
        left -= 1
        if left < 0:
            return None
        target = to_text(node.target)
        path = "/" if target.startswith("/") else path
        waiting += [part for part in reversed(target.split("/")) if part]
    return draft.spot(Location(path, at.host))
