"""What a job is: immutable records and their invariants. A record that exists is valid."""
