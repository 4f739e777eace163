"""The model world: everything that `qq run` touches as an immutable value, and lives of jobs played in it."""
