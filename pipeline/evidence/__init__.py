"""Evidence: what was read, what became of it, and that neither was altered since."""
