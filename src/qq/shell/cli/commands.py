"""All commands, by what one wants to do: a line each, and examples. Here, so that listing them imports none of them."""

AIMS = {
    "Run a job": {
        "template": "Write a run script to start from: GROMACS, Python.",
        "shebang": "Add the line to a script that makes it a job.",
        "submit": "Submit scripts to the batch system.",
    },
    "Watch jobs": {
        "info": "Show what a job is doing, and why.",
        "jobs": "List your jobs.",
        "stat": "List everybody's jobs.",
        "logs": "Show what a script prints, also while it runs.",
        "wait": "Wait until jobs end.",
        "go": "Open a shell in a job's working directory.",
        "cd": "Print a job's input directory, or go there with shell-init.",
    },
    "Fetch results, stop jobs": {
        "sync": "Fetch results of a job that is still running, or failed.",
        "kill": "Terminate jobs.",
    },
    "Mend what went wrong": {
        "recover": "Finish a job whose node, or qq run, died.",
        "respawn": "Submit failed or killed jobs again.",
        "clear": "Delete what jobs that are over left in a directory.",
        "wipe": "Delete the working directory of jobs that are over.",
    },
    "Look ahead": {
        "plan": "Show every way a job can end, before it runs.",
        "simulate": "Play a job's life, with all cycles, before it runs.",
    },
    "See the cluster": {
        "queues": "Show the queues: what is free, what is allowed.",
        "nodes": "Show the nodes: what they have, what is free.",
        "site": "Show which cluster this is taken for, and what holds there.",
    },
    "Set up qq": {
        "shell-init": "Print what your shell's start-up file takes: completion, and qq cd.",
        "config": "Show what is set, and by whom; check a file.",
        "doctor": "Check this installation, and say what to mend.",
        "completion": "Print the completion script for your shell.",
    },
}
"""What one wants to do → name → the line in the list of commands."""

COMMANDS = {name: line for commands in AIMS.values() for name, line in commands.items()}

EXAMPLES = {
    "template": ("qq template", "qq template gromacs-loop -o run.sh"),
    "shebang": ("qq shebang run.sh",),
    "submit": ("qq submit run.sh", "qq submit --ncpus 8 --walltime 12h replica_*/run.sh"),
    "info": ("qq info", "qq info -b -d replica_*", "qq info --why 17"),
    "jobs": ("qq jobs", "qq jobs -a --json"),
    "stat": ("qq stat", "qq stat -u ada -a"),
    "logs": ("qq logs -f", "qq logs --err 17"),
    "wait": ("qq submit run.sh && qq wait && ./evaluate.sh",),
    "sync": ("qq sync", 'qq sync -f "md.log energies"'),
    "kill": ("qq kill 17", "qq kill --all"),
    "recover": ("qq recover", "qq recover -y -d replica_*"),
    "respawn": ("qq respawn -d replica_*",),
    "clear": ("qq clear", "qq clear -d replica_*"),
    "wipe": ("qq sync 123 && qq wipe 123",),
    "plan": ("qq plan run.sh", "qq plan run.sh --transfer-mode always", "qq plan run.sh --exit 42", "qq plan 17"),
    "simulate": (
        "qq simulate run.sh --writes '{next}.cpt=1mb'",
        "qq simulate run.sh --fault killed:running:2 --recover",
        "qq simulate run.sh --exit 0,0,42 --html life.html",
    ),
    "queues": ("qq queues", "qq queues -a --json"),
    "nodes": ("qq nodes", "qq nodes -a"),
    "site": ("qq site", "qq site lumi"),
    "config": ("qq config", "qq config check ~/.config/qq/config.toml"),
    "doctor": ("qq doctor", "qq doctor --node n17", "qq doctor --job"),
    "go": ("qq go 123", "qq go -d replica_07"),
    "cd": ("qq cd 123", "qq cd -d results/replica_07"),
    "shell-init": ('eval "$(qq shell-init bash)"',),
    "completion": ("qq completion fish > ~/.config/fish/completions/qq.fish",),
}
"""Name → what stands under its help, 58 columns at most; the page of commands in docs/ shows the same."""
