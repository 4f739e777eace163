"""The exhaustive sweep: one fault at every micro-step of typical jobs, then recovery, and a second fault in that."""
