"""All benchmarks, as ratios or seconds against their limits. Ends with 1 if a limit was missed."""

import sys

import cluster
import commands
import copying
import deciding
import predicting

if __name__ == "__main__":
    missed = commands.main() + copying.main() + deciding.main() + predicting.main() + cluster.main()
    print(f"{missed} limits missed" if missed else "all limits kept")
    sys.exit(1 if missed else 0)
