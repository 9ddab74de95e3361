"""The drop folder at work: files are taken as they settle, sent, and put where they belong."""
