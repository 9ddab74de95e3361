"""What data must look like: Pandera models, the rule book, layouts. No input or output, no settings."""
