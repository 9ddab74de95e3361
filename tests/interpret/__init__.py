"""How tables become entries: headings, rows, cells."""
