#!/usr/bin/env bash
# A loop job of three cycles on qq's own queue, start to end, in a temporary directory: nothing of yours is touched.
# KEEP=1 leaves the directory for you to look around in.
set -euo pipefail

root="$(mktemp -d "${TMPDIR:-/tmp}/qq-demo.XXXXXX")"
export XDG_STATE_HOME="$root/state" XDG_CACHE_HOME="$root/cache" XDG_CONFIG_HOME="$root/config"
mkdir -p "$XDG_STATE_HOME" "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME"
unset QQ_CONFIG QQ_ENV_SET QQ_ATTEMPT QQ_TOKEN
job="$root/water"

leave() {
    local code=$?
    cd /
    if [ "$code" -ne 0 ]; then
        echo "demo: something went wrong (exit $code); what is left: $root" >&2
        tail -n 20 "$job"/*.qqout "$job"/storage/*.qqout >&2 2> /dev/null || true
    elif [ -n "${KEEP:-}" ]; then
        echo "kept: $root"
    else
        rm -rf "$root"
    fi
    exit "$code"
}
trap leave EXIT

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
run() { printf '$ %s\n' "$*"; "$@"; }

mkdir "$job"
cd "$job"
echo "x 0" > start.txt
cat > run.sh << 'SCRIPT'
#!/usr/bin/env -S qq run
# qq job-type loop
# qq loop-start 1
# qq loop-end 3
# qq ncpus 1
# qq walltime 5m

# Each cycle goes on where the one before it stopped: its file comes out of the archive by itself.
this=$(printf "$QQ_ARCHIVE_FORMAT" "$QQ_LOOP_CURRENT")
next=$(printf "$QQ_ARCHIVE_FORMAT" $((QQ_LOOP_CURRENT + 1)))

from=start.txt
if [ -e "$this.txt" ]; then from="$this.txt"; fi
echo "cycle $QQ_LOOP_CURRENT of $QQ_LOOP_END starts from $from: $(cat "$from")"

awk '{ print "x", $2 + 10 }' "$from" > "$next.txt"
echo "cycle $QQ_LOOP_CURRENT leaves $next.txt: $(cat "$next.txt")"
SCRIPT

say "A job is a directory with a script. This one runs three cycles, each going on from the one before:"
sed 's/^/    /' run.sh

say "Submit it, to the queue that is built into qq (no Slurm or PBS needed):"
run qq submit --batch-system local run.sh

say "Wait. Each cycle submits the next; 'qq wait' follows the chain to its end:"
echo '$ qq wait'
timeout 360 qq wait

say "The last cycle, as qq tells it:"
run qq info

say "All the jobs:"
run qq jobs -a

say "The input directory. Each cycle's files, output and record are in the archive, numbered; the last cycle's are beside the script:"
find . -mindepth 1 | LC_ALL=C sort | sed 's/^\.\//    /'

say "And the result, carried from cycle to cycle:"
run tail storage/*.txt
if ! grep -qx 'x 30' storage/job0004.txt; then
    echo "demo: storage/job0004.txt does not say 'x 30'" >&2
    exit 1
fi
say "That was all of it. What next: README.md, 'Your first own job'."
