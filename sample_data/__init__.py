"""Files to try papermarks on, made by us: see the README beside this file."""

from pathlib import Path

HERE = Path(__file__).parent
LAYOUTS = HERE / "layouts"
PAPERS = HERE / "papers"
RULES = HERE / "rules"
