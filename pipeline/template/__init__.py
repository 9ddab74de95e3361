"""Template: an Excel mark sheet made from what Surpass tells, to be filled in and dropped back."""

from pipeline.template.forms import Form, forms
from pipeline.template.workbook import build

__all__ = ["Form", "build", "forms"]
