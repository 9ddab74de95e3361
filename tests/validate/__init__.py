"""How entries become submissions: the rule book, and the models that the code is held against."""
