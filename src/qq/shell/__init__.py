"""The imperative shell: everything that observes and acts. Nothing in here decides."""
