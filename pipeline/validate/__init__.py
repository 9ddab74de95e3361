"""Validate: entries to submissions; whose they are, and what is wrong or odd in them."""
