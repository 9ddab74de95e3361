"""How source files are read: what is in them, and what is told of those that cannot be."""
