"""What an office asks for beside a run: mark sheets to fill in, and what is still missing."""
