"""What data must look like: Pandera models, the rule book, layouts. No I/O, no settings."""
