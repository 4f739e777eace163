"""All benchmarks, as ratios or seconds against their limits. Ends with 1 if a limit was missed or a group failed."""

import sys
import traceback

import cluster
import commands
import copying
import deciding
import many
import predicting


def main() -> int:
    """Runs every group, whatever happens to another; the exit code."""
    missed, failed = 0, []
    for group in (commands, many, copying, deciding, predicting, cluster):
        try:
            missed += group.main()
        except (Exception, SystemExit) as error:
            failed.append(group.__name__)
            if isinstance(error, SystemExit):
                print(error)
            else:
                traceback.print_exc()
    print(f"{missed} limits missed" if missed else "all limits kept", end="")
    print(f"; no whole answer from: {', '.join(failed)}" if failed else "")
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main())
