"""From a script and what people chose to a job that may be submitted: all decisions of ``qq submit`` (SPEC 4)."""
