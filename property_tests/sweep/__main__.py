"""``python -m property_tests.sweep [CASE…]`` sweeps; ``… replay CASE FAULTS`` shows one life again."""

import sys
import time
from collections import Counter

from property_tests.sweep.jobs import by_name, cases
from property_tests.sweep.sweep import STRIDE, Twin, Zombie, kinds, others, replay, sweep  # noqa: F401
from qq.core.effects import Location  # noqa: F401  (replays are written with these names)
from qq.core.simulate.faults import *  # noqa: F403
from qq.core.simulate.world import Answering  # noqa: F401
from qq.core.troubles import Reason, Trouble  # noqa: F401


def main(arguments: list[str]) -> int:
    """Exit code: whether something was found."""
    if arguments[:1] == ["replay"]:
        trace, broken = replay(by_name(arguments[1]), eval(arguments[2]))  # noqa: S307
        sys.stdout.write("\n".join([str(trace), *broken, ""]))
        return bool(broken)
    found = 0
    for case in [by_name(name) for name in arguments] or cases():
        began, seen = time.perf_counter(), Counter[str]()
        for which in (kinds, others):
            for example in sweep(case, which, STRIDE if which is kinds else 0):
                what = type(example.faults[0].what).__name__ if example.faults else "nothing"
                key = f"{example.words[:60]} / {what} {len(example.faults)}"
                seen[key] += 1
                if seen[key] == 1:
                    sys.stdout.write(f"{example.words}\n   {case.name} {example.faults}\n")
        found += seen.total()
        sys.stdout.write(f"{case.name}: {seen.total()} in {time.perf_counter() - began:.1f} s\n")
        for key, count in seen.most_common():
            sys.stdout.write(f"      {count:5} {key}\n")
    return bool(found)


sys.exit(main(sys.argv[1:]))
