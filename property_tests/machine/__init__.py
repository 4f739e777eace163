"""User, batch system, nodes and ``qq run`` together in the model world, in any order that is possible."""
