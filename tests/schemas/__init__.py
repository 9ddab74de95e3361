"""That the rule book, the words and the layouts are whole."""
