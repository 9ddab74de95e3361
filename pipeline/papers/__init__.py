"""Papers: what the office itself says of a test form, where Surpass does not tell.

A definition is a small table, a file for each test form: its questions, their maxima, kinds and
options, and where each version of the paper has them.
"""
