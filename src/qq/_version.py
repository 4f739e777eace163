"""The version, as a constant: reading it from the installed metadata would cost more than all of `qq --version`."""

VERSION = "0.1.0"
