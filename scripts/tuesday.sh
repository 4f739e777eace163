#!/usr/bin/env bash
# tuesday.sh DIRECTORY [COUNT]: the replicas of docs/tuesday-morning.md, as they lie there on Tuesday morning.
# Makes COUNT (200) jobs below DIRECTORY, which must be new, runs them on qq's own queue and leaves all of them ended:
# most finished, some failed, some killed by the walltime or by hand. Takes a minute or two; gives up after ten.
#
# Where qq keeps its state is up to the environment. To disturb no queue of yours:
#     export XDG_STATE_HOME="$(mktemp -d)" && scripts/tuesday.sh /tmp/replicas && cd /tmp/replicas
set -euo pipefail

top="$1"
count="${2:-200}"
mkdir "$top"
cd "$top"

# What is wrong with a replica: every 40th has a temperature that can't be, every 50th and 100th a step of 0.
parameters() {
    local temperature=300 step=10
    if [ $(($1 % 40)) -eq 7 ]; then temperature=-300; fi
    if [ $(($1 % 50)) -eq 3 ] || [ $(($1 % 100)) -eq 11 ]; then step=0; fi
    printf 'temperature=%s\nstep=%s\nseed=%s\n' "$temperature" "$step" "$1"
}

for number in $(seq "$count"); do
    rep="$(printf 'rep%03d' "$number")"
    mkdir "$rep"
    parameters "$number" > "$rep/parameters"
    cat > "$rep/run.sh" << 'SCRIPT'
#!/usr/bin/env -S qq run
# qq ncpus 1
# qq mem 10mb
# qq walltime 10s

set -euo pipefail
source ./parameters
if [ "$temperature" -le 0 ]; then
    echo "parameters: the temperature is $temperature, and must be above 0" >&2
    exit 3
fi
RANDOM="$seed"
: > energies
time=0
while [ "$time" -lt 100 ]; do
    echo "$time $((temperature + RANDOM % 20))" >> energies
    time=$((time + step))
    sleep 0.02
done
SCRIPT
done

qq submit --batch-system local rep*/run.sh > /dev/null

# Monday evening: two of those that don't get anywhere are noticed, and killed by hand.
by_hand=(rep?11)
if [ ! -e "${by_hand[0]}" ]; then by_hand=(); fi
for rep in "${by_hand[@]}"; do
    for _ in $(seq 3000); do
        if [ "$(qq info -b -d "$rep" | awk '{ print $3 }')" = running ]; then break; fi
        sleep 0.1
    done
    qq kill -y -d "$rep" > /dev/null
done

# The night.
timeout 600 qq wait -d rep* > /dev/null || [ $? -eq 91 ]
