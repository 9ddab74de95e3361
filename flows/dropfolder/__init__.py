"""The drop folder at work: files are claimed as they settle, sent, and put where they belong."""
