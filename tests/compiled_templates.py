"""The templates of pages, compiled where this is imported: forked commands find them so."""

from __future__ import annotations

from pipeline.report.environment import environment

for _name in environment().list_templates():
    environment().get_template(_name)
