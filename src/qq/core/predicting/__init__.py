"""What will become of a job's files, by playing the job in the model world: plan, outcomes, simulate.

None of it has a list of its own of what happens: every step is ``decide``'s, as in ``qq run``.
"""
