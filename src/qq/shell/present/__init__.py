"""Records and answers → what a person or a program sees. Asks nobody."""
