"""Which name was probably meant by one that is unknown, and how that is said: the same everywhere."""

from collections.abc import Iterable


def squashed(name: str) -> str:
    """A name without the differences of kebab-, snake-, camel- and PascalCase."""
    return name.replace("-", "").replace("_", "").lower()


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """What follows the words that a name is unknown: the name that was probably meant, else ``otherwise``, if any."""
    near = nearest(word, known)
    hint = f"did you mean '{near}'?" if near else otherwise
    return f"; {hint}" if hint else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a typed one was probably meant to be: at most two slips away, and less than half of it."""
    typed = squashed(word)
    best = min(((distance(typed, squashed(name)), name) for name in known), default=None)
    return best[1] if best and best[0] <= min(2, (len(typed) - 1) // 2) else None


def distance(one: str, other: str) -> int:
    """How many letters have to be added, dropped, changed or swapped with a neighbour to make one word the other."""
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        now = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]
