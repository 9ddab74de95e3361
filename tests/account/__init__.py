"""That the account of a run says what became of it, and that its numbers add up."""
